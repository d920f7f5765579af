"""The platform's own components without what needs a Kubernetes: the program that is killed."""

import pulumi

from components.accelerators import AwsAccess, accelerator_of
from components.cluster.component import Cluster
from components.gpu_pool.component import GpuPool
from components.network.component import Network
from stacks.providers import aws_provider
from stacks.recovery import transform
from stacks.settings import StackName

transform.register()
config = pulumi.Config()
access = AwsAccess(region="us-east-1", endpoint=config.require("endpoint"))
provider = aws_provider(access, StackName("test", "platform"))
on_aws = pulumi.ResourceOptions(providers=[provider])
network = Network("network", {"cidr": config.require("cidr"), "zones": ["us-east-1a", "us-east-1b"]}, on_aws)
cluster = Cluster(
    "cluster",
    {
        "subnet_ids": network.private_subnet_ids,
        "security_group_id": network.security_group_id,
        "region": access.region,
        "kubeconfig": config.require("kubeconfig"),
        "deletion_protection": False,
    },
    on_aws,
)
GpuPool(
    "gpu",
    {
        "accelerator": accelerator_of(config.require("instance"), access),
        "nodes": config.require_int("nodes"),
        "capacity": {"kind": "on-demand"},
        "region": access.region,
        "subnet_id": network.private_subnet_ids[0],
        "security_group_id": network.security_group_id,
        "cluster_name": cluster.name,
    },
    on_aws,
)
