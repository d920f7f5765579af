"""What a sweep asks of AWS, and its answers as plain data. Tests answer themselves; `cli.sweep.aws` asks AWS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Tagged:
    """A resource and its tags."""

    arn: str
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """A network interface (ec2:DescribeNetworkInterfaces): nothing that it is in can be deleted before it."""

    id: str
    arn: str
    places: frozenset[str]
    """Ids of its VPC, its subnet and its security groups."""
    user: str
    """What it is for, as its maker describes it, e.g. `ELB app/k8s-factory/0123456789abcdef`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """An EKS cluster (eks:DescribeCluster, eks:ListNodegroups)."""

    arn: str
    protected: bool
    """Whether its deletion protection is on."""
    node_groups: tuple[str, ...] = ()


class Questions(Protocol):
    """Each raises NoAnswer where AWS does not say."""

    def tagged(self, key: str, value: str = "") -> Sequence[Tagged]:
        """Resources of the region that have a tag, with this value where one is given. IAM's are not among them."""
        ...

    def roles(self, key: str, value: str) -> Sequence[Tagged]:
        """IAM roles that have a tag with this value."""
        ...

    def cluster(self, name: str) -> Cluster | None:
        """The EKS cluster of that name; None where there is none."""
        ...

    def log_groups(self, prefix: str) -> Sequence[str]:
        """ARNs of CloudWatch's groups of logs whose names begin so."""
        ...

    def interfaces(self, places: Sequence[str]) -> Sequence[Interface]:
        """Interfaces in these VPCs, subnets and security groups, given by id."""
        ...

    def owned_interfaces(self, filesystem: str) -> frozenset[str]:
        """Ids of the interfaces of an FSx filesystem, given by id."""
        ...

    def endings(self, arns: Sequence[str]) -> Mapping[str, str]:
        """ARN -> how it is on its way out already: AWS lists what was deleted for an hour, and keys for weeks."""
        ...

    def held(self, arn: str) -> str:
        """What keeps AWS from deleting a bucket, a volume or a load balancer; "" where nothing does."""
        ...
