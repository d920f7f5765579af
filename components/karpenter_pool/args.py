"""What a pool of Karpenter's is made from."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from components.accelerators import Accelerator
from components.gpu_pool.args import CapacityArgs, OperatingSystem


class KarpenterPoolArgs(TypedDict):
    """What a pool of Karpenter's is made from. Keys that a GpuPool has too mean the same."""

    accelerator: Accelerator
    """Facts of the pool's instance type, as EC2 gives them."""
    max_nodes: int
    """Most nodes that Karpenter starts, at least 1."""
    region: str
    """Where the pool is: its role's policies and principals are those of the region's partition."""
    subnet_id: pulumi.Input[str]
    """The one subnet to place nodes in: EFA traffic does not leave an Availability Zone."""
    security_group_id: pulumi.Input[str]
    """A group that admits all traffic from and to itself, as EFA asks."""
    cluster_name: pulumi.Input[str]
    """The EKS cluster that the nodes join. It authenticates by access entries (`API`, or `API_AND_CONFIG_MAP`)."""
    version: str
    """Kubernetes version of the cluster, e.g. `1.34`."""
    release_version: str
    """Release of the nodes' image, e.g. `1.34.9-20260714`: Karpenter replaces nodes of another one."""
    controller_role_name: NotRequired[pulumi.Input[str]]
    """Name of the role of Karpenter's controller, which may then pass the nodes' role on; where absent, whoever made that
    role lets it (`iam:PassRole` of `node_role_arn`).
    """
    capacity: NotRequired[CapacityArgs]
    """Where instances come from. On demand where absent; P types (p4, p5, p6 ...) have no default. Reservations are
    named by their ID, and need Karpenter's gate ReservedCapacity.
    """
    zone: NotRequired[str]
    """Availability Zone of `subnet_id`. Needed where `capacity` names a zone: the two are compared."""
    replicas: NotRequired[int]
    """Nodes that are always there, whatever pods ask for; needs Karpenter's gate StaticCapacity. Without it nodes come
    with the pods that ask for them.
    """
    weight: NotRequired[int]
    """Rank among pools, 1 to 100: a higher one is tried first. Not with `replicas`."""
    os: NotRequired[OperatingSystem]
    """Operating system of the nodes: `al2023` (the default) or `bottlerocket`."""
    root_gib: NotRequired[int]
    """Size in GiB of the volume that holds images and logs where a type has no NVMe; 200 where absent."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """Key of the nodes' volumes; the account's EBS default key where absent."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of instances and volumes, beside the pool's own."""
