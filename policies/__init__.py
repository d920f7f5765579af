"""The policy pack: what no deployment of a factory may do."""
