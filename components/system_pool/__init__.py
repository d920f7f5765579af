"""The nodes of everything that asks for no GPU."""
