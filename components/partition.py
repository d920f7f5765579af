"""The partition of a region: AWS is several clouds, each with its own ARNs."""

# Prefix of a region's name -> its partition; anything else is AWS's public cloud. botocore's partitions.json has the same.
PREFIXES = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}
# Services whose principal has the suffix of China's domain there; most, eks among them, have one name in every partition.
# (EKS's own CloudFormation template of the node role has the same two.)
OWN_IN_CHINA = frozenset({"ec2"})


def partition_of(region: str) -> str:
    """The partition as ARNs name it, e.g. `aws-us-gov`."""
    return next((name for prefix, name in PREFIXES.items() if region.startswith(prefix)), "aws")


def managed_policy(name: str, region: str) -> str:
    """ARN of a policy that AWS keeps."""
    return f"arn:{partition_of(region)}:iam::aws:policy/{name}"


def service_principal(service: str, region: str) -> str:
    """The name by which a role trusts a service, e.g. `ec2.amazonaws.com`."""
    suffix = ".cn" if partition_of(region) == "aws-cn" and service in OWN_IN_CHINA else ""
    return f"{service}.amazonaws.com{suffix}"


def sts_audience(region: str) -> str:
    """Whom an OIDC token is for that AWS exchanges for a role; GitHub's `configure-aws-credentials` has the same two."""
    return f"sts.amazonaws.com{'.cn' if partition_of(region) == 'aws-cn' else ''}"
