"""The rules and the arithmetic of a GPU pool."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self, cast

from components.accelerators import Accelerator
from components.gpu_pool.args import GpuPoolArgs
from components.gpu_pool.capacity import DRAIN, Block, Capacity, OnDemand, Reserved, parse_capacity
from components.gpu_pool.image import AL2023, DEFAULT_ROOT_GIB, NodeImage, parse_image
from components.gpu_pool.interfaces import Interface, check_interfaces, interfaces_of
from components.gpu_pool.taint import GPU_TAINT
from components.violations import Violations

TAINT = GPU_TAINT.key
"""Key of GPU nodes' taint, and name of the resource that a pod asks for GPUs by."""
POOL_LABEL = "aifactory/pool"
"""Label of every node of a pool that is made here; its value is the pool's name."""
EFA_LABEL = "vpc.amazonaws.com/efa.present"
"""Label of every node with EFA cards: the device plugin runs there, and nowhere else."""
POOL = "gpu"
"""Name of the GPU pool that a platform makes."""
# EC2 API, "Tag": what a tag's key and value may be; keys of `aws:` are AWS's own, of `eks:` EKS's.
LONGEST_TAG_KEY = 128
LONGEST_TAG_VALUE = 256
# EC2 API: 50 tags a resource, of which EKS and the pool itself set some.
MOST_TAGS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeRange:
    """Between how many nodes an autoscaler may keep a pool."""

    least: int
    most: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduledSize:
    """Nodes that a pool is to have from a time on."""

    name: str
    at: datetime
    nodes: int

    @property
    def start_time(self) -> str:
        """The time in UTC, as EC2 Auto Scaling reads it (EC2 Auto Scaling API, PutScheduledUpdateGroupAction)."""
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuPoolSpec:
    """GPU nodes of one instance type, in one zone."""

    accelerator: Accelerator
    nodes: int
    """Nodes wanted; a Capacity Block that is not open has none."""
    capacity: Capacity
    image: NodeImage
    scaling: NodeRange | None
    """The autoscaler's range; None where `nodes` alone says how many."""
    now: datetime | None
    """The time of the deployment; None where capacity does not ask for it."""
    tags: Mapping[str, str]

    @classmethod
    def parse(cls, args: GpuPoolArgs) -> Self:
        """Raises SpecError with all that a pool's rules, EC2's facts and EKS refuse."""
        violations = Violations("GpuPool")
        accelerator, nodes = args["accelerator"], args["nodes"]
        # A caller without types may pass 1.5, or True.
        counted = violations.unless(
            type(nodes) is int and nodes >= 0,
            "nodes",
            nodes,
            "a pool has 0 nodes or more, and whole ones",
        )
        scaling = _scaling(args, nodes, violations) if counted else None
        capacity = parse_capacity(
            cast("Mapping[str, object] | None", args.get("capacity")),
            accelerator=accelerator,
            most_nodes=_most(nodes, scaling) if counted else 1,
            zone=args.get("zone", ""),
            violations=violations,
        )
        now = args.get("now")
        if isinstance(capacity, Block):
            violations.unless(
                now is not None and now.tzinfo is not None,
                "now",
                now,
                "the time with its zone: a pool has nodes only while its block is open",
                "set now to datetime.now(UTC)",
            )
            violations.unless(
                not scaling or scaling.least == 0,
                "min_nodes",
                scaling and scaling.least,
                "a Capacity Block's pool has no nodes before its start and after its end",
                "set 0",
            )
        image = parse_image(
            accelerator,
            system=args.get("os", AL2023),
            version=args.get("version", ""),
            release=args.get("release_version", ""),
            root_gib=args.get("root_gib", DEFAULT_ROOT_GIB),
            violations=violations,
        )
        check_interfaces(accelerator, interfaces_of(accelerator), violations)
        tags = args.get("tags", {})
        check_tags(tags, violations)
        violations.raise_if_any()
        # What is None has been noted above.
        return cls(
            accelerator=accelerator,
            nodes=nodes,
            capacity=cast("Capacity", capacity),
            image=image,
            scaling=scaling,
            now=now,
            tags=tags,
        )

    @property
    def gpus(self) -> int:
        """GPUs of the whole pool."""
        return self.nodes * self.accelerator.gpus

    @property
    def desired_nodes(self) -> int:
        """Nodes now: none while a Capacity Block is not open, as EC2 launches nothing then."""
        if not isinstance(self.capacity, Block) or self.now is None:
            return self.nodes
        return self.nodes if self.capacity.start <= self.now < self.capacity.drained else 0

    @property
    def fewest_nodes(self) -> int:
        """0 without a range: the pool can then be emptied by hand."""
        return self.scaling.least if self.scaling else 0

    @property
    def most_nodes(self) -> int:
        """EKS asks for a maximum of 1 or more, also for a pool that is empty."""
        return _most(self.nodes, self.scaling)

    @property
    def scheduled(self) -> tuple[ScheduledSize, ...]:
        """Sizes that EC2 Auto Scaling is to set later, of a Capacity Block: its nodes at its start, and none before its
        end where EKS's own action, 40 minutes before, would come after EC2's.
        """
        if not isinstance(self.capacity, Block) or self.now is None:
            return ()
        opening = ScheduledSize(name="opening", at=self.capacity.start, nodes=self.nodes)
        closing = ScheduledSize(name="closing", at=self.capacity.drained, nodes=0)
        wanted = (opening, closing) if self.capacity.drain > DRAIN else (opening,)
        # EC2 Auto Scaling takes no action in the past, and forgets one that it has taken.
        return tuple(one for one in wanted if one.at > self.now)

    @property
    def makes_placement_group(self) -> bool:
        """Only on demand: a reservation is in its own group or in none, a Capacity Block is placed by EC2."""
        return isinstance(self.capacity, OnDemand) and "cluster" in self.accelerator.placement_strategies

    @property
    def reservation_group(self) -> str:
        """Placement group of the reservation; "" where there is none."""
        return self.capacity.placement_group if isinstance(self.capacity, Reserved) else ""

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """One interface a card that can carry EFA; empty where none can."""
        return interfaces_of(self.accelerator)

    def labels(self, pool: str) -> dict[str, str]:
        """Labels of its nodes."""
        return pool_labels(pool, efa=bool(self.accelerator.efa_cards))

    def instance_tags(self, pool: str) -> dict[str, str]:
        """Tags of instances, volumes and interfaces."""
        return pool_tags(pool, self.tags)


def pool_labels(pool: str, *, efa: bool) -> dict[str, str]:
    """Labels of a pool's nodes: what the scheduler and the device plugin select by.

    None that GPU feature discovery writes: it knows a GPU by another name than EC2 does (`NVIDIA-H100-80GB-HBM3`), and
    two writers of one label undo each other.
    """
    return {POOL_LABEL: pool, "nvidia.com/gpu.present": "true", **({EFA_LABEL: "true"} if efa else {})}


def pool_tags(pool: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Tags of instances, volumes and interfaces: a group's own tags do not reach them (EKS API, CreateNodegroup)."""
    return {**tags, "Name": pool, POOL_LABEL: pool}


def _most(nodes: int, scaling: NodeRange | None) -> int:
    return scaling.most if scaling else max(nodes, 1)


def _scaling(args: GpuPoolArgs, nodes: int, violations: Violations) -> NodeRange | None:
    if "min_nodes" not in args and "max_nodes" not in args:
        return None
    least, most = args.get("min_nodes"), args.get("max_nodes")
    for key, value in (("min_nodes", least), ("max_nodes", most)):
        if value is None:
            violations.unless(False, key, value, "an autoscaler's range has both ends", f"set {key}")
        elif not violations.unless(type(value) is int and value >= 0, key, value, "a whole number of nodes, 0 or more"):
            least = None
    if least is None or most is None:
        return None
    # EKS API, NodegroupScalingConfig.
    good = violations.unless(
        least <= nodes <= most and most >= 1,
        "nodes",
        nodes,
        f"min_nodes <= nodes <= max_nodes, here {least} <= {nodes} <= {most}, and max_nodes is 1 or more",
        "widen the range, or change nodes",
    )
    return NodeRange(least=least, most=most) if good else None


def check_tags(tags: Mapping[str, str], violations: Violations) -> None:
    """Notes what EC2 refuses of tags, and those that the pool sets itself."""
    violations.unless(
        len(tags) <= MOST_TAGS,
        "tags",
        len(tags),
        f"{MOST_TAGS} tags at most: EC2 takes 50, and EKS and the pool set some",
    )
    for key, value in tags.items():
        violations.unless(
            1 <= len(key) <= LONGEST_TAG_KEY
            and not key.lower().startswith(("aws:", "eks:", "kubernetes.io/cluster/"))
            and key not in {"Name", POOL_LABEL},
            f"tags[{key}]",
            value,
            f"a key of 1 to {LONGEST_TAG_KEY} characters that neither AWS, EKS nor the pool sets",
            "choose another key",
        )
        violations.unless(
            len(value) <= LONGEST_TAG_VALUE, f"tags[{key}]", value, f"a value of {LONGEST_TAG_VALUE} characters at most"
        )
