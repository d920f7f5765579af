"""Which services a VPC reaches by endpoints of its own, and what those are called in each partition."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from components.partition import partition_of
from components.violations import Violations

Feature = Literal[
    "cloudwatch",
    "cluster-autoscaler",
    "ebs",
    "efs",
    "fsx",
    "guardduty",
    "karpenter",
    "kms",
    "load-balancer-controller",
    "managed-prometheus",
    "s3",
    "secrets-manager",
    "session-manager",
]
"""What runs in a cluster and calls AWS."""
FEATURES: tuple[Feature, ...] = get_args(Feature)
# What every EKS node and pod calls -> for what (EKS user guide, "Deploy private clusters with limited internet access"
# and "Pod Identity considerations").
CLUSTER: Mapping[str, str] = {
    "ec2": "a node asks for its own name, and the VPC CNI for addresses",
    "ecr.api": "a node asks for a token to pull images with",
    "ecr.dkr": "a node pulls images",
    "eks": "a node asks for its cluster",
    "eks-auth": "Pod Identity asks for the credentials of pods",
    "logs": "logs of nodes and pods are sent to CloudWatch Logs",
    "sts": "IAM roles are assumed",
}
# Feature -> what it calls beside that: the same page; Karpenter, "Getting started", "Private clusters"; Systems Manager
# user guide, "VPC endpoints"; GuardDuty user guide, "Runtime Monitoring". The drivers of EBS and S3 call EC2 and S3
# alone.
BY_FEATURE: Mapping[Feature, tuple[str, ...]] = {
    "cloudwatch": ("monitoring",),
    "cluster-autoscaler": ("autoscaling",),
    "ebs": (),
    "efs": ("elasticfilesystem",),
    "fsx": ("fsx",),
    "guardduty": ("guardduty-data",),
    "karpenter": ("sqs", "ssm"),
    "kms": ("kms",),
    "load-balancer-controller": ("elasticloadbalancing",),
    "managed-prometheus": ("aps-workspaces",),
    "s3": (),
    "secrets-manager": ("secretsmanager",),
    "session-manager": ("ec2messages", "ssm", "ssmmessages"),
}
# Partition -> the domain that names some of its services backwards, and which (AWS CDK, aws-ec2/lib/vpc-endpoint.ts,
# from `aws ec2 describe-vpc-endpoint-services`). All others are com.amazonaws there too, gateway endpoints among them.
# In the isolated partitions (aws-iso...) it differs from region to region: their endpoints are given by their full
# names.
OWN_DOMAIN: Mapping[str, tuple[str, frozenset[str]]] = {
    "aws-cn": (
        "cn.com.amazonaws",
        frozenset(
            {
                "autoscaling",
                "ec2",
                "ecr.api",
                "ecr.dkr",
                "eks",
                # Not in the CDK's list, which is older than the service; named as `eks` is.
                "eks-auth",
                "elasticfilesystem",
                "fsx",
                "monitoring",
                "sqs",
                "sts",
            }
        ),
    ),
    "aws-eusc": ("eu.amazonaws", frozenset({"ecr.api", "ecr.dkr"})),
}
# A service's short name, and the region within a full one.
NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
REGION = re.compile(r"\.([a-z]{2,4}(?:-[a-z]+){1,2}-[0-9]{1,2})\.")


def closed_endpoints(features: Iterable[Feature] = ()) -> tuple[str, ...]:
    """Interface endpoints without which a cluster that has no way to the internet does not work, each once.

    IAM and the price list have none: Karpenter is told so by `isolatedVPC`, and in the load balancer controller shield,
    WAF and certificate discovery are off. A pull-through cache of ECR needs NAT for the first pull of an image (ECR
    user guide, "VPC endpoints"): a closed cluster's images are copied beforehand.
    """
    return tuple(dict.fromkeys([*CLUSTER, *(service for feature in features for service in BY_FEATURE[feature])]))


def service_name(service: str, region: str) -> str:
    """The full name of an endpoint's service, e.g. `com.amazonaws.us-east-1.ecr.api`; a full one stays as it is."""
    if REGION.search(service):
        return service
    domain, services = OWN_DOMAIN.get(partition_of(region), ("", frozenset[str]()))
    return f"{domain if service in services else 'com.amazonaws'}.{region}.{service}"


def short_name(service: str) -> str:
    """What a service is called after its region, e.g. `ecr.api`."""
    full = REGION.search(service)
    return service[full.end() :] if full else service


def check_endpoints(
    violations: Violations, endpoints: Sequence[str], features: Sequence[Feature], region: str, closed: bool
) -> None:
    """Notes names that are none, what has no interface endpoint here, and what a closed network lacks."""
    for index, service in enumerate(endpoints):
        path, short = f"endpoints[{index}]", short_name(service)
        violations.unless(
            NAME.fullmatch(service) is not None,
            path,
            service,
            "an endpoint is named by its service, of a-z, 0-9, '-' and '.'",
            f"e.g. {', '.join(list(CLUSTER)[:3])}; aws ec2 describe-vpc-endpoint-services --region {region}",
        )
        full = REGION.search(service)
        violations.unless(
            full is None or full[1] == region,
            path,
            service,
            f"an endpoint is of a service in the network's own region, {region}",
            f"set {short}",
        )
        violations.unless(
            short != "s3",
            path,
            service,
            "S3 is reached by the gateway endpoint that every network has, and which is free",
            "leave it out",
        )
        violations.unless(
            short not in map(short_name, endpoints[:index]),
            path,
            service,
            "each service has one endpoint: a second one cannot have the same private DNS name",
            "leave one out",
        )
    unknown = [feature for feature in features if feature not in FEATURES]
    for feature in unknown:
        violations.unless(
            False,
            "features",
            feature,
            "a feature is one whose calls of AWS are known",
            f"one of {', '.join(FEATURES)}; what it calls beside them is named in endpoints",
        )
    if closed and not unknown:
        _check_complete(violations, endpoints, features)


def _check_complete(violations: Violations, endpoints: Sequence[str], features: Sequence[Feature]) -> None:
    wanted, given = closed_endpoints(features), set(map(short_name, endpoints))
    for service in wanted:
        callers = " and ".join(feature for feature in features if service in BY_FEATURE[feature])
        why = CLUSTER.get(service, f"it is called by {callers}")
        violations.unless(
            service in given,
            "endpoints",
            ",".join(endpoints),
            f"without NAT, {service} is reached by an endpoint alone: {why}",
            f"add {service}; all that this cluster needs: {','.join(wanted)}",
        )
