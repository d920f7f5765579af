"""AWS credentials for pods, without a key in the cluster."""
