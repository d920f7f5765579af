"""What Karpenter's controller may do and what it hears (karpenter-provider-aws 1.14.1, cloudformation.yaml of its guide)."""

import json

from components.partition import partition_of

NAMESPACE = "kube-system"
"""Where its chart is installed (`components/charts/catalogue.py`)."""
SERVICE_ACCOUNT = "karpenter"
"""The chart's service account: the name of its release."""
# What EventBridge calls that which ends a node, or is about to.
EVENTS = {
    "health": ("aws.health", "AWS Health Event"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
    "reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
}
# Longer than a message is of use: a spot instance is gone after two minutes.
RETENTION_SECONDS = 300
NODE_POOL = "karpenter.sh/nodepool"
NODE_CLASS = "karpenter.k8s.aws/ec2nodeclass"
REGION_TAG = "topology.kubernetes.io/region"
CLUSTER_TAG = "eks:eks-cluster-name"

Statement = dict[str, object]


def nodes_policy(cluster: str, region: str) -> str:
    """IAM policy (JSON) to start and end instances that bear the cluster's tag, and no others."""
    ec2 = f"arn:{partition_of(region)}:ec2:{region}"
    made = [
        f"{ec2}:*:{kind}/*"
        for kind in ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
    ]
    used = [
        *(f"{ec2}::{kind}/*" for kind in ("image", "snapshot")),
        *(f"{ec2}:*:{kind}/*" for kind in ("security-group", "subnet", "capacity-reservation", "placement-group")),
    ]
    owned = f"kubernetes.io/cluster/{cluster}"
    requested = {f"aws:RequestTag/{owned}": "owned", f"aws:RequestTag/{CLUSTER_TAG}": cluster}
    own: Statement = {
        "StringEquals": {f"aws:ResourceTag/{owned}": "owned"},
        "StringLike": {f"aws:ResourceTag/{NODE_POOL}": "*"},
    }
    new = {"StringLike": {f"aws:RequestTag/{NODE_POOL}": "*"}}
    start = ["ec2:RunInstances", "ec2:CreateFleet"]
    return _document(
        _allow(start, used),
        _allow(start, f"{ec2}:*:launch-template/*", own),
        _allow([*start, "ec2:CreateLaunchTemplate"], made, {"StringEquals": requested, **new}),
        _allow(
            "ec2:CreateTags",
            made,
            {
                "StringEquals": {
                    **requested,
                    "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
                },
                **new,
            },
        ),
        _allow(
            "ec2:CreateTags",
            f"{ec2}:*:instance/*",
            {
                **own,
                "StringEqualsIfExists": {f"aws:RequestTag/{CLUSTER_TAG}": cluster},
                "ForAllValues:StringEquals": {"aws:TagKeys": [CLUSTER_TAG, "karpenter.sh/nodeclaim", "Name"]},
            },
        ),
        _allow(
            ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            [f"{ec2}:*:instance/*", f"{ec2}:*:launch-template/*"],
            own,
        ),
    )


def profiles_policy(cluster: str, region: str) -> str:
    """IAM policy (JSON) to keep the instance profiles of its node classes. Which role it may put in, a pool says."""
    profiles = f"arn:{partition_of(region)}:iam::*:instance-profile/*"
    owned = f"kubernetes.io/cluster/{cluster}"
    requested = {
        f"aws:RequestTag/{owned}": "owned",
        f"aws:RequestTag/{CLUSTER_TAG}": cluster,
        f"aws:RequestTag/{REGION_TAG}": region,
    }
    has = {f"aws:ResourceTag/{owned}": "owned", f"aws:ResourceTag/{REGION_TAG}": region}
    new, old = {f"aws:RequestTag/{NODE_CLASS}": "*"}, {f"aws:ResourceTag/{NODE_CLASS}": "*"}
    return _document(
        _allow("iam:CreateInstanceProfile", profiles, {"StringEquals": requested, "StringLike": new}),
        _allow(
            "iam:TagInstanceProfile", profiles, {"StringEquals": {**requested, **has}, "StringLike": {**new, **old}}
        ),
        _allow(
            ["iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"],
            profiles,
            {"StringEquals": has, "StringLike": old},
        ),
        _allow("iam:GetInstanceProfile", profiles),
        _allow("iam:ListInstanceProfiles", "*"),
    )


def facts_policy(cluster: str, region: str) -> str:
    """IAM policy (JSON) to read what there is: of this region, which the conditions say, as EC2 names no resource there."""
    partition = partition_of(region)
    described = (
        *("CapacityReservations", "Images", "Instances", "InstanceStatus", "InstanceTypeOfferings", "InstanceTypes"),
        *("LaunchTemplates", "PlacementGroups", "SecurityGroups", "SpotPriceHistory", "Subnets"),
    )
    return _document(
        _allow([f"ec2:Describe{name}" for name in described], "*", {"StringEquals": {"aws:RequestedRegion": region}}),
        _allow("ssm:GetParameter", f"arn:{partition}:ssm:{region}::parameter/aws/service/*"),
        _allow("pricing:GetProducts", "*"),
        _allow("eks:DescribeCluster", f"arn:{partition}:eks:{region}:*:cluster/{cluster}"),
    )


def interruptions_policy(queue: str) -> str:
    """IAM policy (JSON) to take messages from the queue of that ARN."""
    return _document(_allow(["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"], queue))


def queue_policy(queue: str, rules: list[str]) -> str:
    """Policy (JSON) of the queue of that ARN: these rules of EventBridge put messages there, and nobody without TLS."""
    return _document(
        {
            **_allow("sqs:SendMessage", queue, {"ArnEquals": {"aws:SourceArn": rules}}),
            "Principal": {"Service": "events.amazonaws.com"},
        },
        {
            **_allow("sqs:*", queue, {"Bool": {"aws:SecureTransport": "false"}}),
            "Effect": "Deny",
            "Principal": "*",
        },
    )


def _allow(actions: list[str] | str, resources: list[str] | str, condition: Statement | None = None) -> Statement:
    return {
        "Effect": "Allow",
        "Action": actions,
        "Resource": resources,
        **({"Condition": condition} if condition else {}),
    }


def _document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
