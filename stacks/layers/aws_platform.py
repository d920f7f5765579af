"""The platform at AWS: network, cluster, add-ons, nodes, in the order in which each can work.

The order is EKS's: what nodes need to join is there before them, and CoreDNS and controllers come when an untainted node can run
them. Destroying goes the other way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws

from components.accelerators import Accelerator, AwsAccess, Unanswered, accelerator_of
from components.cluster.args import ClusterArgs
from components.cluster.component import Cluster
from components.cluster.versions import VERSIONS
from components.eks_addons.component import EksAddons
from components.eks_addons.table import BEFORE_NODES, ON_NODES, S3_DRIVER
from components.filesystem.args import FoldersArgs, LustreArgs
from components.gpu_pool.args import GpuPoolArgs
from components.gpu_pool.component import GpuPool
from components.gpu_pool.spec import POOL
from components.network.args import ExistingNetworkArgs, NetworkArgs
from components.network.component import Network
from components.network.existing import ExistingNetwork
from components.network.outputs import NetworkOutputs
from components.network.spec import FEWEST_ZONES, VACANT, ExistingNetworkSpec, NetworkSpec
from components.partition import partition_of
from components.system_pool.component import SystemPool
from components.violations import SpecError
from components.zones import check_zones
from stacks.access import declare_boundary
from stacks.keys import SeveralErrors
from stacks.node_pool import training_zone
from stacks.providers import aws_provider
from stacks.sections import NetworkSection
from stacks.settings import PlatformSettings, StackName
from workloads.spec import SHARED_FOLDERS


class AddonsOnNodes(TypedDict):
    """What of the add-ons' arguments follows from what is configured beside them."""

    names: Sequence[str]
    bucket_arns: NotRequired[Mapping[str, pulumi.Input[str]]]
    bucket_key_arns: NotRequired[Mapping[str, pulumi.Input[str]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsPlatform:
    """What the rest of the platform stands on."""

    provider: pulumi_aws.Provider
    cluster: Cluster
    network: NetworkOutputs
    ready: list[pulumi.Resource]
    """What pods wait for: add-ons that run, and with them a node that takes them."""
    joining: list[pulumi.Resource]
    """What nodes need to join, and so what outlives them: routes, and the add-ons before nodes."""
    accelerator: Accelerator | None
    boundary: pulumi.Input[str] = ""
    """ARN of the permissions boundary of every role; "" where access is not configured."""


def deploy(stack: StackName, settings: PlatformSettings, access: AwsAccess) -> AwsPlatform:
    """Declares it. Raises SpecError with all that the components' rules and EC2 refuse, before anything is declared."""
    accelerator = ask(settings, access)
    provider = aws_provider(access, stack)
    there = pulumi.ResourceOptions(providers=[provider])
    boundary = declare_boundary(stack, settings, access, there) if settings.access.get("roles") else ""
    network = _network(settings, access, there)
    control_plane = network.private_subnet_ids[:FEWEST_ZONES]
    wanted: ClusterArgs = {
        **settings.cluster,
        # EKS never changes the zones of a control plane: a third one is the nodes' alone.
        "subnet_ids": control_plane,
        "security_group_id": network.security_group_id,
        "region": access.region,
        "profile": access.profile,
        "kubeconfig": settings.kubeconfig,
    }
    if not settings.network.get("vpc_id"):
        wanted["vpc_cidrs"] = settings.cidrs
    cluster = Cluster("cluster", wanted, there)
    pulumi.export("cluster", cluster.name)
    before = EksAddons(
        "addons-before-nodes",
        {
            "cluster_name": cluster.name,
            "cluster_version": cluster.version,
            "region": access.region,
            "names": BEFORE_NODES,
            "after": cluster.ready,
        },
        there,
    )
    joining = [*network.routes, *before.ready]
    system = SystemPool(
        "system",
        {
            **settings.system_pool,
            "cluster_name": cluster.name,
            "cluster_version": cluster.version,
            "region": access.region,
            "subnet_ids": control_plane,
            "security_group_id": network.security_group_id,
            "after": joining,
        },
        there,
    )
    addons = EksAddons(
        "addons",
        {
            "cluster_name": cluster.name,
            "cluster_version": cluster.version,
            "region": access.region,
            "after": system.ready,
            **on_nodes(settings, access),
        },
        there,
    )
    if accelerator and not settings.karpenter_pool:
        GpuPool(
            POOL,
            {
                **gpu_pool_args(settings, access, accelerator, network, cluster),
                "after": [*joining, *system.ready],
            },
            there,
        )
    return AwsPlatform(
        provider=provider,
        cluster=cluster,
        network=network,
        ready=addons.ready,
        joining=joining,
        accelerator=accelerator,
        boundary=boundary,
    )


def on_nodes(settings: PlatformSettings, access: AwsAccess) -> AddonsOnNodes:
    """The add-ons on nodes; with a bucket to mount also its driver, which may reach that bucket and no other."""
    bucket, key = settings.bucket_volume.get("bucket", ""), settings.bucket_volume.get("kms_key_arn", "")
    if not bucket:
        return {"names": ON_NODES}
    found: AddonsOnNodes = {
        "names": (*ON_NODES, S3_DRIVER),
        "bucket_arns": {bucket: f"arn:{partition_of(access.region)}:s3:::{bucket}"},
    }
    if key:
        found["bucket_key_arns"] = {bucket: key}
    return found


def lustre(settings: PlatformSettings, platform: AwsPlatform, image: str) -> LustreArgs:
    """FSx in the zone of the nodes that train; its folders are made by `image`, and not at all as long as there is none."""
    folders: FoldersArgs = {"image": image, "names": SHARED_FOLDERS}
    found: LustreArgs = {
        **settings.lustre,
        "subnet_id": platform.network.private_subnet_ids[_zone_index(settings, platform.network.zones)],
        "security_group_id": platform.network.security_group_id,
    }
    if image:
        found["folders"] = folders
    return found


def gpu_pool_args(
    settings: PlatformSettings, access: AwsAccess, accelerator: Accelerator, network: NetworkOutputs, cluster: Cluster
) -> GpuPoolArgs:
    """The GPU pool in the zone of its capacity."""
    place = _zone_index(settings, network.zones)
    found: GpuPoolArgs = {
        **settings.gpu_pool,
        "accelerator": accelerator,
        "nodes": settings.gpu_nodes,
        "region": access.region,
        "subnet_id": network.private_subnet_ids[place],
        "zone": network.zones[place],
        "security_group_id": network.security_group_id,
        "cluster_name": cluster.name,
        "now": datetime.now(UTC),
    }
    # An image that is not named is the latest of the day, which is another one tomorrow.
    if found.get("os", "al2023") == "al2023":
        found.setdefault("release_version", VERSIONS[cluster.version].ami_release)
    if "release_version" in found:
        found["version"] = cluster.version
    return found


def _zone_index(settings: PlatformSettings, zones: list[str]) -> int:
    """Place of the zone in which nodes train."""
    return zones.index(training_zone(settings, zones))


def _network(settings: PlatformSettings, access: AwsAccess, there: pulumi.ResourceOptions) -> NetworkOutputs:
    if settings.network.get("vpc_id"):
        return ExistingNetwork("network", existing_args(settings.network, access), there)
    return Network("network", network_args(settings, access), there)


def network_args(settings: PlatformSettings, access: AwsAccess) -> NetworkArgs:
    """The network that is made."""
    section = settings.network
    found: NetworkArgs = {
        "cidr": settings.cidrs[0],
        "more_cidrs": settings.cidrs[1:],
        "zones": settings.zones,
        "region": access.region,
        "nat": section.get("nat", "zone"),
        "endpoints": section.get("endpoints", []),
        "features": section.get("features", []),
    }
    if "flow_log_days" in section:
        found["flow_log_days"] = section["flow_log_days"]
    return found


def existing_args(section: NetworkSection, access: AwsAccess) -> ExistingNetworkArgs:
    """The network that exists already."""
    found: ExistingNetworkArgs = {
        "vpc_id": section.get("vpc_id", ""),
        "private_subnet_ids": section.get("private_subnet_ids", {}),
        "public_subnet_ids": section.get("public_subnet_ids", {}),
        "region": access.region,
    }
    if "security_group_id" in section:
        found["security_group_id"] = section["security_group_id"]
    return found


def ask(settings: PlatformSettings, access: AwsAccess) -> Accelerator | None:
    """What EC2 says of the GPU pool's type, None where there is no pool, before anything is made.

    Raises SpecError with all that the network's rules and EC2 refuse.
    """
    found: Accelerator | None = None
    refused: list[SpecError] = []
    try:
        if settings.network.get("vpc_id"):
            zones = ExistingNetworkSpec.parse(existing_args(settings.network, access)).zones
        else:
            NetworkSpec.parse(network_args(settings, access))
            zones = tuple(zone for zone in settings.zones if zone != VACANT)
        check_zones(zones, access)
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
