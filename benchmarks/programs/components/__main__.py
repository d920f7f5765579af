"""The network, the cluster, its add-ons and its pools as the layer platform declares them: by components."""

import pulumi

from components.accelerators import AwsAccess, accelerator_of
from components.cluster.component import Cluster
from components.eks_addons.component import EksAddons
from components.eks_addons.table import BEFORE_NODES, ON_NODES
from components.gpu_pool.component import GpuPool
from components.network.component import Network
from components.system_pool.component import SystemPool
from stacks.providers import aws_provider
from stacks.recovery import transform
from stacks.settings import StackName

# As `stacks/__main__.py` does: what tags cost belongs to what components cost.
transform.register()
config = pulumi.Config()
access = AwsAccess(region="us-east-1", endpoint=config.require("endpoint"))
accelerator = accelerator_of("p5.48xlarge", access)
on_aws = pulumi.ResourceOptions(providers=[aws_provider(access, StackName("benchmark", "platform"))])
network = Network("network", {"cidr": "10.64.0.0/16", "zones": ["us-east-1a", "us-east-1b"]}, on_aws)
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
before = EksAddons(
    "addons-before-nodes",
    {
        "cluster_name": cluster.name,
        "cluster_version": cluster.version,
        "region": access.region,
        "names": BEFORE_NODES,
        "after": cluster.ready,
    },
    on_aws,
)
system = SystemPool(
    "system",
    {
        "cluster_name": cluster.name,
        "cluster_version": cluster.version,
        "region": access.region,
        "subnet_ids": network.private_subnet_ids,
        "security_group_id": network.security_group_id,
        "after": [*network.routes, *before.ready],
    },
    on_aws,
)
EksAddons(
    "addons",
    {
        "cluster_name": cluster.name,
        "cluster_version": cluster.version,
        "region": access.region,
        "names": ON_NODES,
        "after": system.ready,
    },
    on_aws,
)
GpuPool(
    "gpu",
    {
        "accelerator": accelerator,
        "nodes": 4,
        "capacity": {"kind": "on-demand"},
        "region": access.region,
        "subnet_id": network.private_subnet_ids[0],
        "security_group_id": network.security_group_id,
        "cluster_name": cluster.name,
    },
    on_aws,
)
