"""Sections of a stack's configuration at AWS: what is said of one component, by the names of its own arguments.

Each is a mapping under one key, e.g. `aifactory:network: {nat: one}`. Only names and types are judged here; what a value means,
the component judges.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, with_config
from typing_extensions import NotRequired, TypedDict  # noqa: UP035 - below Python 3.12 pydantic takes no other

from components.network.args import Nat
from components.network.endpoints import Feature

STRICT = ConfigDict(extra="forbid", strict=True)


@with_config(STRICT)
class NetworkSection(TypedDict, total=False):
    """`aifactory:network`: how the VPC that is made reaches AWS's APIs, or which existing one is used."""

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


@with_config(STRICT)
class AccessSection(TypedDict):
    """What one principal may do in Kubernetes."""

    policy: str
    namespaces: NotRequired[list[str]]


@with_config(STRICT)
class ClusterSection(TypedDict, total=False):
    """`aifactory:cluster`: the EKS cluster."""

    name: str
    version: str
    admins: list[str]
    access: dict[str, AccessSection]
    public_cidrs: list[str]
    service_ipv4_cidr: str
    log_retention_days: int
    deletion_protection: bool


@with_config(STRICT)
class SystemPoolSection(TypedDict, total=False):
    """`aifactory:systemPool`: the nodes of everything that asks for no GPU."""

    instance_types: list[str]
    nodes: int
    disk_gib: int
    kms_key_arn: str
    ami_release: str


@with_config(STRICT)
class OnDemandSection(TypedDict):
    """Instances as EC2 sells them by the second."""

    kind: Literal["on-demand"]


@with_config(STRICT)
class SpotSection(TypedDict):
    """Spare instances, which EC2 takes back."""

    kind: Literal["spot"]


@with_config(STRICT)
class ReservationSection(TypedDict):
    """An On-Demand Capacity Reservation."""

    kind: Literal["reservation"]
    id: NotRequired[str]
    resource_group_arn: NotRequired[str]
    placement_group: NotRequired[str]
    instances: NotRequired[int]
    zone: NotRequired[str]


@with_config(STRICT)
class BlockSection(TypedDict):
    """A Capacity Block for ML."""

    kind: Literal["block"]
    id: str
    start: str
    end: str
    zone: str
    instances: int


CapacitySection: TypeAlias = Annotated[
    OnDemandSection | SpotSection | ReservationSection | BlockSection, Discriminator("kind")
]


@with_config(STRICT)
class GpuPoolSection(TypedDict, total=False):
    """`aifactory:gpuPool`: what `gpuInstanceType` and `gpuNodes` do not say of the GPU pool."""

    capacity: CapacitySection
    min_nodes: int
    max_nodes: int
    os: Literal["al2023", "bottlerocket"]
    release_version: str
    root_gib: int
    kms_key_arn: str
    tags: dict[str, str]


@with_config(STRICT)
class KarpenterPoolSection(TypedDict, total=False):
    """`aifactory:karpenterPool`: the GPU pool of `gpuInstanceType` by Karpenter, in place of a managed node group."""

    max_nodes: int
    replicas: int
    weight: int
    capacity: CapacitySection
    os: Literal["al2023", "bottlerocket"]
    release_version: str
    root_gib: int
    kms_key_arn: str
    tags: dict[str, str]


@with_config(STRICT)
class BucketVolumeSection(TypedDict, total=False):
    """`aifactory:bucketVolume`: a bucket that pods mount as a folder; none where `bucket` is absent."""

    bucket: str
    region: str
    """The platform's where absent."""
    claim: str
    prefix: str
    writable: bool
    kms_key_arn: str
    """Key of the bucket's objects, where it is not AWS's own."""


@with_config(STRICT)
class LinkSection(TypedDict):
    """A folder that mirrors a bucket."""

    path: str
    bucket: str
    prefix: NotRequired[str]


@with_config(STRICT)
class LustreSection(TypedDict, total=False):
    """`aifactory:lustre`: what `filesystemGiB` does not say of FSx for Lustre."""

    throughput: int
    metadata_iops: int
    efa: bool
    kms_key_arn: str
    automatic_backup_retention_days: int
    daily_automatic_backup_start_time: str
    weekly_maintenance_start_time: str
    log_retention_days: int
    links: list[LinkSection]


@with_config(STRICT)
class PullThroughSection(TypedDict):
    """Images of another registry."""

    prefix: str
    upstream: str
    secret_arn: NotRequired[str]
    role_arn: NotRequired[str]


@with_config(STRICT)
class RegistrySection(TypedDict, total=False):
    """`aifactory:registry`: the registry of the factory's images on AWS; none is made where `repositories` is absent."""

    repositories: list[str]
    kms_key_arn: str
    untagged_days: int
    pull_through: list[PullThroughSection]
    cached_days: int
    registry_scanning: Literal["BASIC", "ENHANCED"]
    pull_accounts: list[str]
    replica_regions: list[str]


@with_config(STRICT)
class EntrySection(TypedDict, total=False):
    """`aifactory:entry`: the load balancer with TLS before the model; none is made where `host` is absent."""

    host: str
    """The name by which callers ask for the model."""
    certificate_arn: str
    """Certificate in ACM, on AWS."""
    inbound: list[str]
    scheme: Literal["internal", "public"]
    ssl_policy: str
    idle_seconds: int
    zone_id: str
    ingress_class: str
    """IngressClass of a Kubernetes that is not EKS's."""
    tls_secret: str
    issuer: str


@with_config(STRICT)
class AcceptanceSection(TypedDict, total=False):
    """`aifactory:acceptance` (layer workloads): nodes of the GPU pool prove themselves before a run; no test where `nodes` is
    absent."""

    nodes: int
    """Nodes that are tested at once, each with all of its GPUs."""
    efa: int
    floors: dict[str, float]
    filesystem_mb_s: float
    dcgm_level: int
    cpu: float
    memory_gib: int
    seconds: int


@with_config(STRICT)
class ControllersSection(TypedDict, total=False):
    """`aifactory:controllers`: the controllers of the cluster, from charts that `aifactory mirror --charts FOLDER` brought."""

    names: list[str]
    folder: str
    registry: str
    images: dict[str, str]
    """Name of an image -> the image by digest; those of `aifactory mirror --lock` where absent."""


@with_config(STRICT)
class OidcSection(TypedDict):
    """Jobs of CI."""

    provider_arn: str
    subjects: list[str]
    audience: NotRequired[str]


@with_config(STRICT)
class HolderSection(TypedDict, total=False):
    """Who holds a role."""

    principals: list[str]
    oidc: OidcSection
    groups: list[str]


@with_config(STRICT)
class StateSection(TypedDict):
    """Where Pulumi's state is kept."""

    bucket: str
    key_arn: str


@with_config(STRICT)
class AccessControlSection(TypedDict, total=False):
    """`aifactory:access`: roles of people and of CI; none is made where `roles` is absent."""

    roles: dict[str, HolderSection]
    state: StateSection
    permissions_boundary: str
    """ARN of an organisation's own boundary at AWS; one is made where absent."""
