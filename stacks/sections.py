"""Sections of a stack's configuration at AWS: what is said of one component, by the names of its own arguments.

Each is a mapping under one key, e.g. `aifactory:network: {nat: one}`. Only names and types are judged here; what a value means,
the component judges.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator
from typing_extensions import NotRequired, TypedDict  # noqa: UP035 - below Python 3.12 pydantic takes no other

from components.network.args import Nat
from components.network.endpoints import Feature

STRICT = ConfigDict(extra="forbid", strict=True)


class NetworkSection(TypedDict, total=False):
    """`aifactory:network`: how the VPC that is made reaches AWS's APIs, or which existing one is used."""

    __pydantic_config__ = STRICT
    nat: Nat
    endpoints: list[str]
    features: list[Feature]
    flow_log_days: int
    vpc_id: str
    """An existing VPC: then nothing of the network is made but the group of the nodes."""
    private_subnet_ids: dict[str, str]
    """Zone -> subnet of the existing VPC."""
    public_subnet_ids: dict[str, str]
    security_group_id: str


class AccessSection(TypedDict):
    """What one principal may do in Kubernetes."""

    __pydantic_config__ = STRICT
    policy: str
    namespaces: NotRequired[list[str]]


class ClusterSection(TypedDict, total=False):
    """`aifactory:cluster`: the EKS cluster."""

    __pydantic_config__ = STRICT
    name: str
    version: str
    admins: list[str]
    access: dict[str, AccessSection]
    public_cidrs: list[str]
    service_ipv4_cidr: str
    log_retention_days: int
    deletion_protection: bool


class SystemPoolSection(TypedDict, total=False):
    """`aifactory:systemPool`: the nodes of everything that asks for no GPU."""

    __pydantic_config__ = STRICT
    instance_types: list[str]
    nodes: int
    disk_gib: int
    kms_key_arn: str
    ami_release: str


class OnDemandSection(TypedDict):
    """Instances as EC2 sells them by the second."""

    __pydantic_config__ = STRICT
    kind: Literal["on-demand"]


class SpotSection(TypedDict):
    """Spare instances, which EC2 takes back."""

    __pydantic_config__ = STRICT
    kind: Literal["spot"]


class ReservationSection(TypedDict):
    """An On-Demand Capacity Reservation."""

    __pydantic_config__ = STRICT
    kind: Literal["reservation"]
    id: NotRequired[str]
    resource_group_arn: NotRequired[str]
    placement_group: NotRequired[str]
    instances: NotRequired[int]
    zone: NotRequired[str]


class BlockSection(TypedDict):
    """A Capacity Block for ML."""

    __pydantic_config__ = STRICT
    kind: Literal["block"]
    id: str
    start: str
    end: str
    zone: str
    instances: int


CapacitySection: TypeAlias = Annotated[
    OnDemandSection | SpotSection | ReservationSection | BlockSection, Discriminator("kind")
]


class GpuPoolSection(TypedDict, total=False):
    """`aifactory:gpuPool`: what `gpuInstanceType` and `gpuNodes` do not say of the GPU pool."""

    __pydantic_config__ = STRICT
    capacity: CapacitySection
    min_nodes: int
    max_nodes: int
    os: Literal["al2023", "bottlerocket"]
    release_version: str
    root_gib: int
    kms_key_arn: str
    tags: dict[str, str]


class LinkSection(TypedDict):
    """A folder that mirrors a bucket."""

    __pydantic_config__ = STRICT
    path: str
    bucket: str
    prefix: NotRequired[str]


class LustreSection(TypedDict, total=False):
    """`aifactory:lustre`: what `filesystemGiB` does not say of FSx for Lustre."""

    __pydantic_config__ = STRICT
    throughput: int
    metadata_iops: int
    efa: bool
    kms_key_arn: str
    automatic_backup_retention_days: int
    daily_automatic_backup_start_time: str
    weekly_maintenance_start_time: str
    log_retention_days: int
    links: list[LinkSection]
