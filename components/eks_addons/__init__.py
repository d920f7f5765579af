"""EKS's own add-ons of a cluster."""
