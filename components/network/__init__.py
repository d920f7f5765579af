"""The VPC and its subnets."""
