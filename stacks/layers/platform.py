"""The layer of infrastructure: network, cluster, GPU pool, filesystem and object store."""

from dataclasses import dataclass

import pulumi
import pulumi_aws
import pulumi_kubernetes
from pulumi_kubernetes import core, meta

from components.accelerators import Accelerator, AwsAccess, Unanswered, accelerator_of
from components.cluster.component import Cluster
from components.cluster.existing import ExistingCluster
from components.filesystem.args import FilesystemArgs, LustreArgs
from components.filesystem.component import Filesystem
from components.gpu_pool.component import GpuPool
from components.gpu_pool.spec import POOL
from components.network.args import NetworkArgs
from components.network.component import Network
from components.network.spec import FEWEST_ZONES, VACANT, NetworkSpec
from components.object_store.component import ObjectStore
from components.object_store.roles import OBJECTS_ROLES
from components.violations import SpecError
from components.zones import check_zones
from stacks import contracts
from stacks.accounts import secrets_of
from stacks.gpu_node import GpuNode
from stacks.keys import SeveralErrors
from stacks.providers import aws_provider
from stacks.settings import PlatformSettings, StackName, of_this_stack


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformBase:
    """What the rest of the platform stands on."""

    kubernetes: pulumi_kubernetes.Provider
    kubeconfig: pulumi.Output[str]
    aws: tuple[pulumi_aws.Provider, ...]
    """AWS, or nothing where no region is configured: then no resource of it is declared."""
    lustre: LustreArgs | None
    """Where FSx would stand."""
    gpu_node: GpuNode


def deploy(stack: StackName) -> None:
    """Makes the platform and publishes its contract in the object store."""
    settings = PlatformSettings.read(of_this_stack(stack))
    base = on_aws(settings, settings.aws) if settings.aws else on_existing(settings)
    namespace = core.v1.Namespace(
        "factory",
        metadata=meta.v1.ObjectMetaArgs(name=contracts.NAMESPACE),
        opts=pulumi.ResourceOptions(provider=base.kubernetes),
    )
    shared: FilesystemArgs = {
        "size_gib": settings.filesystem_gib,
        "namespace": namespace.metadata.apply(lambda metadata: metadata.name or contracts.NAMESPACE),
        "local_volume": settings.local_volume,
        "storage_class": settings.storage_class,
    }
    if base.lustre and not (settings.local_volume or settings.storage_class):
        shared["lustre"] = base.lustre
    filesystem = Filesystem("filesystem", shared, pulumi.ResourceOptions(providers=[*base.aws, base.kubernetes]))
    objects = ObjectStore(
        "objects",
        {
            "bucket": settings.objects.bucket,
            "endpoint": settings.objects.endpoint,
            "profile": settings.objects.profile,
            "accounts": secrets_of("objects", OBJECTS_ROLES, settings.accounts_key_file),
        },
        pulumi.ResourceOptions(providers=list(base.aws)),
    )
    contract = contracts.PlatformContract(
        namespace=contracts.NAMESPACE,
        kubeconfig=base.kubeconfig,
        claim=filesystem.claim,
        objects=settings.objects,
        gpu_instance_type=settings.gpu_instance_type,
        gpu_nodes=settings.gpu_nodes,
        gpu_node_labels=contracts.gpu_node_labels(settings),
        gpu_node=base.gpu_node,
    )
    contracts.publish(stack, settings.objects, contract, after=objects)
    pulumi.export("objects_bucket", objects.bucket)


def on_existing(settings: PlatformSettings) -> PlatformBase:
    """A Kubernetes that exists already; no network, no nodes and no account of a cloud."""
    cluster = ExistingCluster("cluster", {"kubeconfig": settings.kubeconfig})
    return PlatformBase(
        kubernetes=cluster.provider,
        kubeconfig=cluster.kubeconfig,
        aws=(),
        lustre=None,
        gpu_node=GpuNode.plan(settings),
    )


def on_aws(settings: PlatformSettings, access: AwsAccess) -> PlatformBase:
    """A network, an EKS cluster in it and, where one is configured, a GPU pool."""
    wanted: NetworkArgs = {
        "cidr": settings.cidrs[0],
        "more_cidrs": settings.cidrs[1:],
        "zones": settings.zones,
        "region": access.region,
    }
    accelerator = ask(settings, access, wanted)
    aws = aws_provider(access)
    there = pulumi.ResourceOptions(providers=[aws])
    network = Network("network", wanted, there)
    cluster = Cluster(
        "cluster",
        {
            # EKS never changes the zones of a control plane: a third one is the nodes' alone.
            "subnet_ids": network.private_subnet_ids[:FEWEST_ZONES],
            "security_group_id": network.security_group_id,
            "region": access.region,
            "profile": access.profile,
            "kubeconfig": settings.kubeconfig,
        },
        there,
    )
    pulumi.export("cluster", cluster.name)
    if accelerator:
        GpuPool(
            POOL,
            {
                "accelerator": accelerator,
                "nodes": settings.gpu_nodes,
                "region": access.region,
                "subnet_id": network.private_subnet_ids[0],
                "security_group_id": network.security_group_id,
                "cluster_name": cluster.name,
            },
            there,
        )
    return PlatformBase(
        kubernetes=cluster.provider,
        kubeconfig=cluster.kubeconfig,
        aws=(aws,),
        lustre={"subnet_id": network.private_subnet_ids[0], "security_group_id": network.security_group_id},
        gpu_node=GpuNode.of(accelerator) if accelerator else GpuNode.plan(settings),
    )


def ask(settings: PlatformSettings, access: AwsAccess, network: NetworkArgs) -> Accelerator | None:
    """What EC2 says of the GPU pool's type, None where there is no pool, before anything is made.

    Raises SpecError with all that the network's rules and EC2 refuse.
    """
    found: Accelerator | None = None
    refused: list[SpecError] = []
    try:
        NetworkSpec.parse(network)
        check_zones([zone for zone in settings.zones if zone != VACANT], access)
    except Unanswered as error:
        # Zones are asked of EC2 to refuse early what AWS refuses late: who may not ask can still deploy.
        pulumi.log.warn(f"the zones were not compared with the region's: {error}")
    except SpecError as error:
        refused.append(error)
    try:
        found = accelerator_of(settings.gpu_instance_type, access) if settings.gpu_instance_type else None
    except SpecError as error:
        refused.append(error)
    if refused:
        raise SeveralErrors(refused)
    return found
