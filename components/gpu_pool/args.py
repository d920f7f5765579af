"""What a GPU pool is made from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NotRequired, TypeAlias, TypedDict

import pulumi

from components.accelerators import Accelerator


class OnDemandArgs(TypedDict):
    """Instances as EC2 sells them by the second, if it has any: large P types are mostly sold out."""

    kind: Literal["on-demand"]
    """`on-demand`."""


class SpotArgs(TypedDict):
    """Spare instances of EC2, taken back with a notice of two minutes."""

    kind: Literal["spot"]
    """`spot`."""


class ReservationArgs(TypedDict):
    """An On-Demand Capacity Reservation, or a resource group of them. Exactly one of `id` and `resource_group_arn`."""

    kind: Literal["reservation"]
    """`reservation`."""
    id: NotRequired[str]
    """ID of the reservation, e.g. `cr-0123456789abcdef0`; its instance match criteria is `targeted`."""
    resource_group_arn: NotRequired[str]
    """ARN of a resource group of reservations."""
    placement_group: NotRequired[str]
    """Name of the cluster placement group in which the reservation was made; without it instances are in none."""
    instances: NotRequired[int]
    """Count of instances reserved; the pool is then compared with it."""
    zone: NotRequired[str]
    """Availability Zone of the reservation; the pool's is then compared with it."""


class CapacityBlockArgs(TypedDict):
    """A Capacity Block for ML: instances bought for a period; see `aws ec2 describe-capacity-reservations`."""

    kind: Literal["block"]
    """`block`."""
    id: str
    """ID of its reservation, e.g. `cr-0123456789abcdef0`."""
    start: str
    """When it begins, in ISO 8601 with an offset, e.g. `2027-01-04T11:30:00Z`."""
    end: str
    """When it ends, in ISO 8601 with an offset."""
    zone: str
    """Availability Zone of its instances."""
    instances: int
    """Count of instances bought, 1 to 64."""


CapacityArgs: TypeAlias = OnDemandArgs | SpotArgs | ReservationArgs | CapacityBlockArgs
"""Where instances come from. It decides market, placement and the desired size before and after a block."""

OperatingSystem: TypeAlias = Literal["al2023", "bottlerocket"]


class GpuPoolArgs(TypedDict):
    """What a GPU pool is made from."""

    accelerator: Accelerator
    """Facts of the pool's instance type, as EC2 gives them."""
    nodes: int
    """Desired count of nodes, at least 0. Plain, not an Input: policies and the fit of jobs are judged by it.

    Where it is not sure that there are any (on demand, spot), make the pool with 0 and raise it: a group that gets no
    instances while it is made ends as CREATE_FAILED and takes no update (aws/containers-roadmap#2204).
    """
    region: str
    """Where the pool is: its role's policies and principals are those of the region's partition."""
    subnet_id: pulumi.Input[str]
    """The one subnet to place nodes in: EFA traffic does not leave an Availability Zone."""
    security_group_id: pulumi.Input[str]
    """A group that admits all traffic from and to itself, as EFA asks."""
    cluster_name: pulumi.Input[str]
    """The EKS cluster that the nodes join."""
    capacity: NotRequired[CapacityArgs]
    """Where instances come from. On demand where absent; P types (p4, p5, p6 ...) have no default."""
    zone: NotRequired[str]
    """Availability Zone of `subnet_id`. Needed where `capacity` names a zone: the two are compared."""
    now: NotRequired[datetime]
    """The time of the deployment, with its zone. Needed for a Capacity Block: its pool has no nodes before its start
    and none from 40 minutes before its end.
    """
    min_nodes: NotRequired[int]
    """Fewest nodes to which an autoscaler may shrink the pool. Given with `max_nodes`, or neither."""
    max_nodes: NotRequired[int]
    """Most nodes to which an autoscaler may grow it. With a range, `nodes` is the size at the start and the
    autoscaler's from then on; without one, every `up` sets it to `nodes` again.
    """
    os: NotRequired[OperatingSystem]
    """Operating system of the nodes: `al2023` (Amazon Linux 2023, the default) or `bottlerocket`."""
    version: NotRequired[str]
    """Kubernetes version of the cluster, e.g. `1.34`. Given with `release_version`, or neither: EKS then takes the
    cluster's version and the image that is the latest on the day.
    """
    release_version: NotRequired[str]
    """Release of the nodes' image, e.g. `1.34.9-20260714` (awslabs/amazon-eks-ami, releases) or, of Bottlerocket,
    `1.62.0-8deeba4c`.
    """
    root_gib: NotRequired[int]
    """Size in GiB of the volume that holds images and logs where a type has no NVMe; 200 where absent."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """Key of the nodes' volumes; the account's EBS default key where absent. Its policy must let EC2 Auto Scaling's
    service-linked role use it (EC2 Auto Scaling user guide, "Required AWS KMS key policy").
    """
    tags: NotRequired[Mapping[str, str]]
    """Tags of instances, volumes and network interfaces, beside the pool's own."""
    after: NotRequired[Sequence[pulumi.Resource]]
    """What has to be there first: the add-ons before nodes, and the system pool. A component's own `depends_on` does not reach
    its children.
    """
