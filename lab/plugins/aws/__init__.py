"""The stand-in for the `aws` plugin: the types that the lab declares, over boto3."""
