"""Pools of nodes as plain values: what the scheduler may give to pods, and on which pods it keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from components.accelerators import AwsAccess, Unanswered, arm, network_cards, node_type_of, nvidia_gpus
from components.gpu_pool.spec import POOL, POOL_LABEL, pool_labels
from components.gpu_pool.taint import GPU_TAINT
from components.instance_types import NodeType
from components.kubelet import Allocatable
from components.network.spec import FEWEST_ZONES, VACANT
from components.system_pool.spec import DEFAULT_TYPES
from components.violations import SpecError, Violation
from stacks.names import PROJECT
from stacks.settings import PlatformSettings

SYSTEM = "system"
"""Name of the pool of everything that asks for no GPU."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodePool:
    """Nodes of one kind; None is what nobody said."""

    name: str
    instance_type: str = ""
    """EC2's name of it, several separated by commas; "" for nodes that exist already."""
    labels: Mapping[str, str] = field(hash=False)
    taints: tuple[str, ...] = ()
    """Keys of the taints that keep off pods which do not tolerate them."""
    zones: tuple[str, ...] = ()
    """The nodes are spread over them evenly; empty where they are not known."""
    nodes: int | None = None
    """The most that there will be: an autoscaler's maximum, and a Capacity Block's nodes also before it opens."""
    nodes_key: str
    """What configuration sets their count by."""
    type_key: str
    """What configuration sets the nodes' kind by."""
    pods: int | None = None
    millicores: int | None = None
    memory_mib: int | None = None
    gpus: int | None = None
    efa: int | None = None
    """EFA interfaces."""
    arm: bool | None = None

    @property
    def kind(self) -> str:
        """What its nodes are, for a message."""
        return self.instance_type or ",".join(f"{key}={value}" for key, value in self.labels.items())

    def by_zone(self) -> dict[str, int]:
        """How many of its nodes are in each zone, as EKS spreads them; under "" where the zones are not known."""
        nodes, zones = self.nodes or 0, self.zones or ("",)
        return {zone: nodes // len(zones) + (index < nodes % len(zones)) for index, zone in enumerate(zones)}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedPools:
    """The pools of a platform, and why something of them is not known."""

    pools: tuple[NodePool, ...]
    filesystem_zone: str = ""
    """The one zone of FSx for Lustre; "" for another filesystem."""
    notes: tuple[str, ...] = ()

    @classmethod
    def plan(cls, settings: PlatformSettings) -> "PlannedPools":
        """From configuration. Raises SpecError for a type of the system pool that EC2 does not know.

        A GPU type that is none is the GPU pool's own to refuse, with everything else that is wrong there.
        """
        notes: list[str] = []
        lustre = settings.aws is not None and not (settings.local_volume or settings.storage_class)
        return cls(
            pools=(*_gpu_pools(settings, notes), _system_pool(settings, notes)),
            filesystem_zone=training_zone(settings, zones_of(settings)) if lustre else "",
            notes=tuple(notes),
        )


def zones_of(settings: PlatformSettings) -> tuple[str, ...]:
    """Zones of the network that is made, or of the one that exists."""
    existing = settings.network.get("private_subnet_ids", {}) if settings.network.get("vpc_id") else None
    return tuple(zone for zone in settings.zones if zone != VACANT) if existing is None else tuple(existing)


def training_zone(settings: PlatformSettings, zones: Sequence[str]) -> str:
    """The zone in which nodes train, and with them their filesystem: that of their reservation, or the first."""
    capacity = settings.capacity
    zone = str(capacity.get("zone", "")) if capacity else ""
    return zone if zone in zones else next(iter(zones), "")


def _gpu_pools(settings: PlatformSettings, notes: list[str]) -> tuple[NodePool, ...]:
    if settings.aws is None or not settings.gpu_instance_type:
        existing = NodePool(
            name=POOL,
            labels=settings.gpu_node_labels,
            # A count of 0 is the setting's default: of nodes that exist already it says nothing.
            nodes=settings.gpu_nodes or None,
            nodes_key=f"{PROJECT}:gpuNodes",
            type_key=f"{PROJECT}:gpusPerNode",
            gpus=settings.gpus_per_node or None,
        )
        return (existing,) if settings.gpu_node_labels else ()
    most, nodes_key = settings.most_gpu_nodes
    zone = training_zone(settings, zones_of(settings))
    pool = NodePool(
        name=POOL,
        instance_type=settings.gpu_instance_type,
        labels=pool_labels(POOL, efa=False),
        taints=(GPU_TAINT.key,),
        zones=(zone,) if zone else (),
        nodes=most,
        nodes_key=nodes_key,
        type_key=f"{PROJECT}:gpuInstanceType",
    )
    try:
        known = _with_facts(pool, [node_type_of(settings.gpu_instance_type, settings.aws)])
        return (replace(known, labels=pool_labels(POOL, efa=bool(known.efa))),)
    except SpecError as error:
        notes.append(f"workloads were not compared with the nodes of the GPU pool: {error}")
        return (pool,)


def _system_pool(settings: PlatformSettings, notes: list[str]) -> NodePool:
    nodes_key, type_key = f"{PROJECT}:systemPool.nodes", f"{PROJECT}:systemPool.instance_types"
    if settings.aws is None or settings.kubeconfig:
        # Pods are run by a Kubernetes that exists already; what other nodes it has, no setting says.
        return NodePool(name=SYSTEM, labels={}, nodes_key=nodes_key, type_key=type_key)
    types = settings.system_pool.get("instance_types", list(DEFAULT_TYPES))
    pool = NodePool(
        name=SYSTEM,
        instance_type=",".join(types),
        labels={POOL_LABEL: SYSTEM},
        zones=zones_of(settings)[:FEWEST_ZONES],
        nodes=settings.system_pool.get("nodes", FEWEST_ZONES),
        nodes_key=nodes_key,
        type_key=type_key,
    )
    try:
        return _with_facts(pool, [_system_type(index, name, settings.aws) for index, name in enumerate(types)])
    except Unanswered as error:
        notes.append(f"workloads were not compared with the nodes of the system pool: {error}")
        return pool


def _system_type(index: int, name: str, access: AwsAccess) -> NodeType:
    try:
        return node_type_of(name, access)
    except Unanswered:
        raise
    except SpecError as error:
        (first,) = error.violations
        path = f"instance_types[{index}]"
        raise SpecError(
            "SystemPool", (Violation(path, name, first.rule, "set one that it has, e.g. m7i.2xlarge"),)
        ) from error


def _with_facts(pool: NodePool, types: Sequence[NodeType]) -> NodePool:
    """The least of each that its types have: which of them EC2 gives is not known."""
    offered = [Allocatable.of(facts) for facts in types]
    return replace(
        pool,
        pods=min((one.pods for one in offered), default=None),
        millicores=min((one.millicores for one in offered), default=None),
        memory_mib=min((one.memory_mib for one in offered), default=None),
        gpus=min((sum(gpu["Count"] for gpu in nvidia_gpus(facts)) for facts in types), default=None),
        efa=min((sum(card.efa for card in network_cards(facts)) for facts in types), default=None),
        arm=any(arm(facts) for facts in types) if types else None,
    )
