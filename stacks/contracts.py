"""What one layer promises the next: planned from configuration in a preview, read as published in an up."""

from dataclasses import asdict, dataclass, field, fields
from typing import Self, cast

import pulumi

from components.elastic_filesystem.spec import CLAIM as STATE_CLAIM
from components.filesystem.spec import CLAIM
from components.gpu_pool.spec import POOL, POOL_LABEL
from components.object_store.resources import Object
from components.violations import SpecError
from stacks.configuration import of_stack
from stacks.gpu_node import GpuNode
from stacks.names import NAMESPACE
from stacks.node_pool import NodePool, PlannedPools
from stacks.published import VERSION, PlatformFields, VaultFields, key_of, published
from stacks.settings import PlatformSettings, StackName, Store, VaultSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultContract:
    """What the layer vault promises."""

    vault: Store
    offsite: Store
    retention_days: int
    vault_region: str = ""
    """AWS region of the vault; "" on another store."""
    offsite_region: str = ""
    vault_key: pulumi.Input[str] = ""
    """ARN of the key of the vault's objects on AWS; "" on another store."""
    offsite_key: pulumi.Input[str] = ""

    @classmethod
    def plan(cls, settings: VaultSettings) -> Self:
        """All of it follows from configuration, as a vault's name is fixed, but the keys of AWS."""
        return cls(
            vault=settings.vault,
            offsite=settings.offsite,
            retention_days=settings.retention_days,
            vault_region=settings.vault_region,
            offsite_region=settings.offsite_region,
            vault_key=unknown() if settings.vault_region else "",
            offsite_key=unknown() if settings.offsite_region else "",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformContract:
    """What the layer platform promises."""

    namespace: pulumi.Input[str]
    kubeconfig: pulumi.Input[str]
    """Path of a kubeconfig, or a document that asks the AWS CLI for a token; it holds no credential."""
    claim: pulumi.Input[str]
    """The claim of the filesystem that all pods of a job share."""
    objects: Store
    gpu_instance_type: str
    gpu_nodes: int
    gpu_node_labels: dict[str, str]
    """What the nodes with GPUs are selected by."""
    gpu_node: GpuNode = field(default_factory=GpuNode)
    region: str = ""
    """AWS region of the platform; "" where nothing of it is AWS's."""
    state_claim: pulumi.Input[str] = CLAIM
    """The claim of what is small and has one writer, e.g. MLflow's database: EFS's on AWS, else the shared one."""
    vpc_id: pulumi.Input[str] = ""
    """The network of the nodes on AWS."""
    node_security_group_id: pulumi.Input[str] = ""
    pools: tuple[NodePool, ...] = ()
    """Every pool of nodes; none in a contract that was published before it was part of it."""
    filesystem_zone: str = ""
    """The one zone of the shared filesystem; "" where it has several, or nobody said."""
    bucket_claim: pulumi.Input[str] = ""
    """The claim of the bucket that pods mount as a folder; "" where there is none."""

    @classmethod
    def plan(cls, settings: PlatformSettings) -> Self:
        """From configuration; the kubeconfig of an EKS cluster is known to AWS alone and stays unknown.

        What nodes have is left out: asking EC2 takes time, and only what compares work with them needs it
        (`gpu_node_of`, `pools_of`).
        """
        return cls(
            namespace=NAMESPACE,
            kubeconfig=settings.kubeconfig or unknown(),
            claim=CLAIM,
            objects=settings.objects,
            gpu_instance_type=settings.gpu_instance_type,
            gpu_nodes=settings.gpu_nodes,
            bucket_claim=settings.bucket_claim,
            gpu_node_labels=gpu_node_labels(settings),
            region=settings.aws.region if settings.aws else "",
            state_claim=STATE_CLAIM if has_state_filesystem(settings) else CLAIM,
            vpc_id=unknown() if settings.aws else "",
            node_security_group_id=unknown() if settings.aws else "",
        )


def has_state_filesystem(settings: PlatformSettings) -> bool:
    """Whether EFS is made for what is small: where the shared filesystem is FSx for Lustre."""
    return settings.aws is not None and not (settings.local_volume or settings.storage_class)


def gpu_node_labels(settings: PlatformSettings) -> dict[str, str]:
    """Of the nodes that exist already, or of the pool that is made."""
    return settings.gpu_node_labels or {POOL_LABEL: POOL}


def unknown() -> pulumi.Output[str]:
    """What only the cloud knows, in a preview."""
    return pulumi.Output.from_input(cast(str, pulumi.UNKNOWN))


def publish(stack: StackName, store: Store, contract: VaultContract | PlatformContract, after: pulumi.Resource) -> None:
    """Declares the contract as an object of `store`, written when `after` stands."""
    values = {field.name: _plain(getattr(contract, field.name)) for field in fields(contract)}
    content = pulumi.Output.json_dumps({"version": VERSION, **values}, sort_keys=True)
    Object(
        f"{stack.layer}-contract",
        bucket=store.bucket,
        key=key_of(stack),
        content=content,
        endpoint=store.endpoint,
        profile=store.profile,
        opts=pulumi.ResourceOptions(depends_on=[after]),
    )


def _plain(value: object) -> object:
    if isinstance(value, Store | GpuNode | NodePool):
        return asdict(value)
    return [_plain(one) for one in cast("tuple[object, ...]", value)] if isinstance(value, tuple) else value


def vault_of(stack: StackName) -> VaultContract:
    """The vault's contract for a layer above it. Raises SpecError where it cannot be planned, or was never published."""
    below = stack.lower("vault")
    settings = VaultSettings.read(of_stack(below))
    if pulumi.runtime.is_dry_run():
        return VaultContract.plan(settings)
    return VaultContract(**published(VaultFields, below, settings.vault))


def platform_of(stack: StackName) -> PlatformContract:
    """The platform's contract for a layer above it. Raises SpecError where it cannot be planned, or was never published."""
    below = stack.lower("platform")
    settings = PlatformSettings.read(of_stack(below))
    if pulumi.runtime.is_dry_run():
        return PlatformContract.plan(settings)
    return PlatformContract(**published(PlatformFields, below, settings.objects))


def gpu_node_of(stack: StackName, platform: PlatformContract) -> GpuNode:
    """What a node of the platform's GPU pool has. Raises SpecError where EC2 refuses the type, or does not answer."""
    if pulumi.runtime.is_dry_run():
        return GpuNode.plan(PlatformSettings.read(of_stack(stack.lower("platform"))))
    return platform.gpu_node


def pools_of(stack: StackName, platform: PlatformContract) -> PlannedPools:
    """The platform's pools of nodes. Raises SpecError for a type of the system pool that EC2 does not know."""
    if pulumi.runtime.is_dry_run():
        return PlannedPools.plan(PlatformSettings.read(of_stack(stack.lower("platform"))))
    return PlannedPools(pools=platform.pools, filesystem_zone=platform.filesystem_zone)


def pools_before(stack: StackName) -> tuple[NodePool, ...]:
    """The pools that the platform published last; none where it never did, or its store does not answer."""
    below = stack.lower("platform")
    try:
        settings = PlatformSettings.read(of_stack(below))
        return published(PlatformFields, below, settings.objects).get("pools", ())
    except SpecError:
        return ()
