"""The GPU pool by Karpenter: its controller at AWS before its chart, its nodes after it.

On the way down it is the other way round: only the controller ends nodes, and takes the finalizers of its objects away.
"""

import pulumi

from components.accelerators import AwsAccess
from components.charts.catalogue import KARPENTER
from components.charts.component import Controllers
from components.cluster.component import Cluster
from components.cluster.versions import VERSIONS
from components.gpu_pool.spec import POOL
from components.karpenter_controller.component import KarpenterController
from components.karpenter_pool.args import KarpenterPoolArgs
from components.karpenter_pool.component import KarpenterPool
from stacks.layers.aws_platform import AwsPlatform
from stacks.node_pool import training_zone
from stacks.settings import PlatformSettings


def declare_controller(
    settings: PlatformSettings, access: AwsAccess, platform: AwsPlatform
) -> KarpenterController | None:
    """Declares what Karpenter's controller needs of AWS; None where the site has no such controller."""
    if KARPENTER not in settings.controllers.get("names", []):
        return None
    return KarpenterController(
        KARPENTER,
        {"cluster_name": platform.cluster.name, "region": access.region, "after": platform.joining},
        pulumi.ResourceOptions(providers=[platform.provider]),
    )


def declare_pool(
    settings: PlatformSettings,
    access: AwsAccess,
    platform: AwsPlatform,
    controller: KarpenterController,
    installed: Controllers | None,
) -> None:
    """Declares the pool; nothing where none is configured. Raises SpecError with every rule that it breaks."""
    if not (settings.karpenter_pool and platform.accelerator):
        return
    # In a preview the chart may be absent; then nothing stands for it yet.
    charts = [installed.installed[KARPENTER]] if installed and KARPENTER in installed.installed else []
    place = platform.network.zones.index(training_zone(settings, platform.network.zones))
    args: KarpenterPoolArgs = {
        **settings.karpenter_pool,
        "max_nodes": settings.most_gpu_nodes[0],
        "accelerator": platform.accelerator,
        "region": access.region,
        "subnet_id": platform.network.private_subnet_ids[place],
        "zone": platform.network.zones[place],
        "security_group_id": platform.network.security_group_id,
        "cluster_name": platform.cluster.name,
        "version": platform.cluster.version,
        "release_version": settings.karpenter_pool.get("release_version", _release(settings, platform.cluster)),
        "controller_role_name": controller.role_name,
    }
    KarpenterPool(
        POOL,
        args,
        pulumi.ResourceOptions(
            providers=[platform.provider, platform.cluster.provider],
            depends_on=[*platform.joining, *platform.ready, *controller.ready, *charts],
        ),
    )


def _release(settings: PlatformSettings, cluster: Cluster) -> str:
    """The release that the cluster's version was tested with; of Bottlerocket none is known, and one has to be named."""
    return VERSIONS[cluster.version].ami_release if settings.karpenter_pool.get("os", "al2023") == "al2023" else ""
