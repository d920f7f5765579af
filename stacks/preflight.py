"""What the platform of an environment is going to ask AWS for, from its configuration alone."""

from components.accelerators import AwsAccess, accelerator_of, node_type_of
from components.cluster.versions import DEFAULT
from components.eks_addons.table import BEFORE_NODES, ON_NODES, S3_DRIVER
from components.gpu_pool.spec import POOL
from components.network.spec import FEWEST_ZONES, VACANT
from components.preflight.plan import Market, Plan, PoolPlan
from components.system_pool.spec import DEFAULT_TYPES
from stacks.settings import PlatformSettings

MARKETS: dict[str, Market] = {
    "on-demand": "on-demand",
    "spot": "spot",
    "reservation": "reservation",
    "block": "capacity-block",
}
"""Kind of capacity -> the market that it is bought in."""


def plan_of(settings: PlatformSettings, access: AwsAccess, *, cluster: str = "", vpc: str = "") -> Plan:
    """What the layer platform is going to ask for. Raises SpecError for a type that EC2 does not know, or that has no GPU."""
    existing = settings.network.get("vpc_id", "")
    zones = (
        tuple(settings.network.get("private_subnet_ids", {}))
        if existing
        else tuple(zone for zone in settings.zones if zone != VACANT)
    )
    return Plan(
        region=access.region,
        zones=zones,
        pools=tuple(pool for pool in (_system(settings, access, zones), _gpu(settings, access, zones)) if pool),
        cidrs=() if existing else settings.cidrs,
        cluster=cluster,
        vpc=vpc or existing,
        version=settings.cluster.get("version", DEFAULT),
        addons=(*BEFORE_NODES, *ON_NODES, *((S3_DRIVER,) if settings.bucket_volume else ())),
        endpoints=() if existing else tuple(settings.network.get("endpoints", ())),
    )


def _system(settings: PlatformSettings, access: AwsAccess, zones: tuple[str, ...]) -> PoolPlan:
    kind = next(iter(settings.system_pool.get("instance_types", DEFAULT_TYPES)), DEFAULT_TYPES[0])
    return PoolPlan(
        name="system",
        instance_type=kind,
        vcpus=node_type_of(kind, access)["VCpuInfo"]["DefaultVCpus"],
        nodes=settings.system_pool.get("nodes", FEWEST_ZONES),
        zones=zones[:FEWEST_ZONES],
    )


def _gpu(settings: PlatformSettings, access: AwsAccess, zones: tuple[str, ...]) -> PoolPlan | None:
    if not settings.gpu_instance_type:
        return None
    accelerator = accelerator_of(settings.gpu_instance_type, access)
    capacity = settings.capacity
    zone = str(capacity.get("zone", "")) if capacity else ""
    return PoolPlan(
        name=POOL,
        instance_type=settings.gpu_instance_type,
        vcpus=accelerator.vcpus,
        nodes=settings.most_gpu_nodes[0],
        zones=(zone,) if zone in zones else zones[:1],
        market=MARKETS[capacity["kind"]] if capacity else "on-demand",
        reservation=str(capacity.get("id", "")) if capacity else "",
        efa=accelerator.efa_cards,
    )
