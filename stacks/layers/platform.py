"""The layer of infrastructure: network, cluster, GPU pool, filesystem and object store."""

import pulumi
import pulumi_aws
from pulumi_kubernetes import core, meta

from components.accelerators import AwsAccess, accelerator_of
from components.cluster.component import Cluster
from components.filesystem.component import Filesystem
from components.gpu_pool.component import GpuPool
from components.network.component import Network
from components.object_store.component import ObjectStore
from stacks import contracts
from stacks.settings import PlatformSettings, StackName, of_this_stack


def deploy(stack: StackName) -> None:
    """Makes the platform and publishes its contract in the object store."""
    settings = PlatformSettings.read(of_this_stack(stack))
    # A type that EC2 does not know is refused before anything is made.
    accelerator = accelerator_of(settings.gpu_instance_type, settings.aws) if settings.gpu_instance_type else None
    aws = aws_provider(settings.aws)
    on_aws = pulumi.ResourceOptions(providers=[aws])
    network = Network("network", {"cidr": settings.cidr, "zones": list(settings.zones)}, on_aws)
    cluster = Cluster(
        "cluster",
        {
            "subnet_ids": network.private_subnet_ids,
            "security_group_id": network.security_group_id,
            "region": settings.aws.region,
            "kubeconfig": settings.kubeconfig,
        },
        on_aws,
    )
    if accelerator:
        GpuPool(
            "gpu",
            {
                "accelerator": accelerator,
                "nodes": settings.gpu_nodes,
                "subnet_id": network.private_subnet_ids[0],
                "security_group_id": network.security_group_id,
                "cluster_name": cluster.name,
            },
            on_aws,
        )
    namespace = core.v1.Namespace(
        "factory",
        metadata=meta.v1.ObjectMetaArgs(name=contracts.NAMESPACE),
        opts=pulumi.ResourceOptions(provider=cluster.provider),
    )
    filesystem = Filesystem(
        "filesystem",
        {
            "size_gib": settings.filesystem_gib,
            "namespace": namespace.metadata.apply(lambda metadata: metadata.name or contracts.NAMESPACE),
            "subnet_id": network.private_subnet_ids[0],
            "security_group_id": network.security_group_id,
            "local_volume": settings.local_volume,
        },
        pulumi.ResourceOptions(providers=[aws, cluster.provider]),
    )
    objects = ObjectStore(
        "objects",
        {
            "bucket": settings.objects.bucket,
            "endpoint": settings.objects.endpoint,
            "profile": settings.objects.profile,
        },
        on_aws,
    )
    contract = contracts.PlatformContract(
        namespace=contracts.NAMESPACE,
        kubeconfig=cluster.kubeconfig,
        claim=filesystem.claim,
        objects=settings.objects,
        gpu_instance_type=settings.gpu_instance_type,
        gpu_nodes=settings.gpu_nodes,
    )
    contracts.publish(stack, settings.objects, contract, after=objects)
    pulumi.export("cluster", cluster.name)
    pulumi.export("objects_bucket", objects.bucket)


def aws_provider(access: AwsAccess) -> pulumi_aws.Provider:
    """AWS, or what answers for it at `access.endpoint`: then there is no account to ask for, and no metadata service."""
    elsewhere = bool(access.endpoint)
    # Every service that the components of this layer call.
    at = access.endpoint
    return pulumi_aws.Provider(
        "aws",
        region=access.region,
        profile=access.profile or None,
        endpoints=[pulumi_aws.ProviderEndpointArgs(ec2=at, eks=at, fsx=at, iam=at, kms=at, s3=at, sts=at)]
        if elsewhere
        else None,
        skip_credentials_validation=elsewhere,
        skip_metadata_api_check=elsewhere,
        skip_requesting_account_id=elsewhere,
        skip_region_validation=elsewhere,
        s3_use_path_style=elsewhere,
    )
