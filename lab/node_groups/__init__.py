"""EKS's node groups as nodes: what AWS would do with real machines, the lab does with simulated ones."""
