"""The layer of infrastructure: network, cluster, GPU pool, filesystem and object store."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes
from pulumi_kubernetes import core, meta

from components.accelerators import AwsAccess
from components.bucket_volume.args import BucketVolumeArgs
from components.bucket_volume.component import BucketVolume
from components.charts.args import ChartContext
from components.cluster.existing import ExistingCluster
from components.container_registry.component import ContainerRegistry
from components.elastic_filesystem.component import ElasticFilesystem
from components.filesystem.args import FilesystemArgs
from components.filesystem.component import Filesystem
from components.object_store.component import ObjectStore
from components.object_store.identity import OBJECTS, OFFSITE, VAULT
from components.object_store.roles import OBJECTS_ROLES
from stacks import contracts
from stacks.access import declare_access
from stacks.accounts import secrets_of
from stacks.configuration import of_this_stack
from stacks.controllers import declare_controllers
from stacks.fit_preview import check_workloads
from stacks.gpu_node import GpuNode
from stacks.layers import aws_karpenter, aws_platform
from stacks.layers.aws_platform import AwsPlatform
from stacks.node_pool import PlannedPools
from stacks.pod_identities import declare_identities
from stacks.settings import PlatformSettings, StackName
from workloads.images import Images


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformBase:
    """What the rest of the platform stands on."""

    kubernetes: pulumi_kubernetes.Provider
    kubeconfig: pulumi.Output[str]
    aws: AwsPlatform | None
    """None where no region is configured: then no resource of AWS is declared."""
    gpu_node: GpuNode

    @property
    def aws_options(self) -> pulumi.ResourceOptions:
        """Of what is AWS's, or of another store."""
        return pulumi.ResourceOptions(providers=[self.aws.provider] if self.aws else [])


def deploy(stack: StackName) -> None:
    """Makes the platform and publishes its contract in the object store."""
    settings = PlatformSettings.read(of_this_stack(stack))
    planned = PlannedPools.plan(settings)
    check_workloads(stack, settings, planned)
    base = on_aws(stack, settings, settings.aws) if settings.aws else on_existing(settings)
    context: ChartContext = {}
    if base.aws and settings.aws:
        context = {
            "region": settings.aws.region,
            "cluster_name": base.aws.cluster.name,
            "vpc_id": base.aws.network.vpc_id,
            "closed": settings.network.get("nat") == "none",
            "static_nodes": "replicas" in settings.karpenter_pool,
        }
    karpenter = (
        aws_karpenter.declare_controller(settings, settings.aws, base.aws) if base.aws and settings.aws else None
    )
    if karpenter:
        context["interruption_queue"] = karpenter.queue_name
    controllers = declare_controllers(
        settings.controllers,
        context,
        pulumi.ResourceOptions(
            provider=base.kubernetes,
            depends_on=[*(base.aws.ready if base.aws else []), *(karpenter.ready if karpenter else [])],
        ),
    )
    if karpenter and base.aws and settings.aws:
        aws_karpenter.declare_pool(settings, settings.aws, base.aws, karpenter, controllers)
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
    if base.aws and not (settings.local_volume or settings.storage_class):
        image = Images.read(Path(settings.images_lock)).workloads if settings.images_lock else ""
        shared["lustre"] = aws_platform.lustre(settings, base.aws, image)
    filesystem = Filesystem(
        "filesystem",
        shared,
        pulumi.ResourceOptions.merge(
            base.aws_options,
            # Its folders are made by a Job, which needs a node and the driver that mounts it.
            pulumi.ResourceOptions(providers=[base.kubernetes], depends_on=base.aws.ready if base.aws else []),
        ),
    )
    bucket = bucket_volume(settings, base, shared["namespace"])
    state = (
        ElasticFilesystem(
            "state",
            {
                "namespace": shared["namespace"],
                "vpc_id": base.aws.network.vpc_id,
                "subnets": dict(zip(base.aws.network.zones, base.aws.network.private_subnet_ids, strict=True)),
                "nodes_security_group_id": base.aws.network.security_group_id,
            },
            pulumi.ResourceOptions.merge(
                base.aws_options, pulumi.ResourceOptions(providers=[base.kubernetes], depends_on=base.aws.ready)
            ),
        )
        if base.aws and contracts.has_state_filesystem(settings)
        else None
    )
    if settings.aws and base.aws and "repositories" in settings.registry:
        ContainerRegistry("registry", {**settings.registry, "region": settings.aws.region}, base.aws_options)
    objects = ObjectStore(
        "objects",
        {
            "bucket": settings.objects.bucket,
            "endpoint": settings.objects.endpoint,
            "profile": settings.objects.profile,
            "accounts": secrets_of("objects", OBJECTS_ROLES, settings.accounts_key_file),
        },
        base.aws_options,
    )
    if settings.aws and base.aws and not (settings.kubeconfig or settings.objects.endpoint):
        _identities(stack, settings.aws, base.aws, objects)
    if settings.access.get("roles"):
        declare_access(
            stack,
            settings,
            base.aws.boundary if base.aws else "",
            base.aws.cluster.ready if base.aws else [],
            pulumi.ResourceOptions.merge(
                base.aws_options, pulumi.ResourceOptions(providers=[base.kubernetes], depends_on=[namespace])
            ),
        )
    contract = contracts.PlatformContract(
        namespace=contracts.NAMESPACE,
        kubeconfig=base.kubeconfig,
        claim=filesystem.claim,
        objects=settings.objects,
        gpu_instance_type=settings.gpu_instance_type,
        gpu_nodes=settings.gpu_nodes,
        bucket_claim=bucket.claim if bucket else "",
        gpu_node_labels=contracts.gpu_node_labels(settings),
        gpu_node=base.gpu_node,
        region=settings.aws.region if settings.aws else "",
        state_claim=state.claim if state else filesystem.claim,
        vpc_id=base.aws.network.vpc_id if base.aws else "",
        node_security_group_id=base.aws.network.security_group_id if base.aws else "",
        pools=planned.pools,
        filesystem_zone=planned.filesystem_zone,
    )
    contracts.publish(stack, settings.objects, contract, after=objects)
    pulumi.export("objects_bucket", objects.bucket)


def bucket_volume(settings: PlatformSettings, base: PlatformBase, namespace: pulumi.Input[str]) -> BucketVolume | None:
    """The bucket that pods mount as a folder; None where none is configured. Raises SpecError as BucketVolume does."""
    if not (settings.aws and base.aws and settings.bucket_volume):
        return None
    section = settings.bucket_volume
    args: BucketVolumeArgs = {
        "namespace": namespace,
        "bucket": section.get("bucket", ""),
        "region": section.get("region", settings.aws.region),
        "claim": settings.bucket_claim,
        "prefix": section.get("prefix", ""),
        "writable": section.get("writable", False),
    }
    options = pulumi.ResourceOptions(providers=[base.kubernetes], depends_on=base.aws.ready)
    return BucketVolume("bucket", args, options)


def on_existing(settings: PlatformSettings) -> PlatformBase:
    """A Kubernetes that exists already; no network, no nodes and no account of a cloud."""
    cluster = ExistingCluster("cluster", {"kubeconfig": settings.kubeconfig})
    return PlatformBase(
        kubernetes=cluster.provider,
        kubeconfig=cluster.kubeconfig,
        aws=None,
        gpu_node=GpuNode.plan(settings),
    )


def on_aws(stack: StackName, settings: PlatformSettings, access: AwsAccess) -> PlatformBase:
    """A network, an EKS cluster in it with its add-ons and its nodes and, where one is configured, a GPU pool."""
    made = aws_platform.deploy(stack, settings, access)
    return PlatformBase(
        kubernetes=made.cluster.provider,
        kubeconfig=made.cluster.kubeconfig,
        aws=made,
        gpu_node=GpuNode.of(made.accelerator) if made.accelerator else GpuNode.plan(settings),
    )


def _identities(stack: StackName, access: AwsAccess, platform: AwsPlatform, objects: ObjectStore) -> None:
    """Who pods are at their stores, where all of them are AWS's: then they hold no key. The vault says where its own are."""
    vault = contracts.vault_of(stack)
    if not (vault.vault_region and vault.offsite_region):
        return
    declare_identities(
        stack,
        access,
        platform.cluster.name,
        {
            OBJECTS: (objects.bucket, objects.key_arn),
            VAULT: (vault.vault.bucket, vault.vault_key),
            OFFSITE: (vault.offsite.bucket, vault.offsite_key),
        },
        pulumi.ResourceOptions(providers=[platform.provider]),
    )
