"""Whether the pods that ask for GPUs fit the pool: a pod that fits no node waits for ever, and a job of many with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.gpu_pool.spec import POOL, POOL_LABEL
from components.violations import Violations
from stacks.contracts import PlatformContract
from stacks.gpu_node import GpuNode
from workloads.recipe import Resources

SERVING = "serving"


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What the scheduler keeps for one pod, and the memory that it may take at most."""

    gpus: int
    efa: int
    cpus: float
    memory_gib: float
    most_memory_gib: float

    @classmethod
    def of(cls, *containers: Resources) -> "Need":
        """Of a pod with these containers."""
        return cls(
            gpus=sum(one.gpus for one in containers),
            efa=sum(one.efa for one in containers),
            cpus=sum(one.cpu_request for one in containers),
            # A pod asks for half of its limit, as `workloads/render.py` writes it.
            memory_gib=sum(one.memory_gib for one in containers) / 2,
            most_memory_gib=sum(one.memory_gib for one in containers),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One resource: what a pod needs of it, and what a node has."""

    key: str
    """Its key in the recipe's `resources`."""
    needed: float
    offered: float


def check_fit(
    resources: Mapping[str, Resources], platform: PlatformContract, node: GpuNode, beside: Resources | None
) -> list[str]:
    """What could not be compared, a line each. Raises SpecError where pods of a recipe surely do not fit the GPU pool.

    `resources` are the recipe's, by stage, `serving` among them where a model is served; it then answers while stages run, and
    `beside` is what its pod needs more. What a node keeps for itself is not counted: what is refused here has no chance.
    """
    violations = Violations("Recipe")
    asking = {name: need for name, need in resources.items() if need.gpus}
    if asking and not _has_pool(platform):
        for name, need in asking.items():
            violations.unless(
                False,
                f"resources.{name}.gpus",
                need.gpus,
                "GPUs are on nodes of a GPU pool, and the platform has none",
                "set aifactory:gpuInstanceType, or aifactory:gpuNodeLabels and gpuNodes where such nodes exist already,"
                " or gpus to 0",
            )
        violations.raise_if_any()
    notes: list[str] = []
    serving = asking.get(SERVING)
    answering = Need.of(serving, *([beside] if beside else [])) if serving else None
    for name, need in asking.items():
        pod = answering if name == SERVING and answering else Need.of(need)
        if not _check_pod(violations, name, pod, node, platform):
            continue
        held = answering if name != SERVING else None
        notes += _check_pods(violations, name, need.pods, pod, node, platform, held)
    violations.unless(
        not (asking and node.arm),
        "resources",
        ", ".join(asking),
        f"the images are built for x86-64, and nodes of {platform.gpu_instance_type} have Arm processors",
        "set aifactory:gpuInstanceType to a type with an x86-64 processor",
    )
    violations.raise_if_any()
    return notes


def _has_pool(platform: PlatformContract) -> bool:
    own = platform.gpu_node_labels == {POOL_LABEL: POOL}
    return bool(platform.gpu_instance_type or platform.gpu_nodes or not own)


def _check_pod(violations: Violations, name: str, pod: Need, node: GpuNode, platform: PlatformContract) -> bool:
    """Whether one pod fits one node, as far as it is known."""
    good = True
    for one in _known(pod, node, pod.most_memory_gib):
        good &= violations.unless(
            one.needed <= one.offered,
            f"resources.{name}.{one.key}",
            int(one.needed) if one.needed == int(one.needed) else one.needed,
            f"a pod is on one node, and a node of {_named(platform)} has {one.offered:g}",
            f"set at most {one.offered:g}, or another GPU pool",
        )
    return good


def _check_pods(
    violations: Violations,
    name: str,
    pods: int,
    pod: Need,
    node: GpuNode,
    platform: PlatformContract,
    held: Need | None,
) -> list[str]:
    """Whether all pods of a stage fit the pool at once, beside what is held of it; what could not be compared."""
    unknown = [
        key
        for key, value in (("gpusPerNode", node.gpus), ("gpuNodes", platform.gpu_nodes or platform.gpu_instance_type))
        if not value
    ]
    if unknown:
        missing = " and ".join(f"aifactory:{key}" for key in unknown)
        return [f"resources.{name}: not compared with the GPU nodes of {_named(platform)}: {missing} is not set"]
    each = _on_node(pod, node)
    room = platform.gpu_nodes * each
    left = room if held is None else _beside(platform.gpu_nodes, pod, node, held)
    offer = f"{platform.gpu_nodes} nodes of {_named(platform)} take {room} such pods, {each} each"
    if held and left < room:
        offer += f", and {left} beside the model that is served"
    remedy = f"set pods to at most {left}, or" if left else "set"
    violations.unless(
        pods <= left,
        f"resources.{name}.pods",
        pods,
        f"all pods of a stage run at once, and {offer}",
        f"{remedy} aifactory:gpuNodes to {_nodes(pods, pod, node, held)} or more" if each else "",
    )
    return []


def _nodes(pods: int, pod: Need, node: GpuNode, held: Need | None) -> int:
    """The fewest nodes that take all pods."""
    count = -(-pods // _on_node(pod, node))
    return count if held is None or _beside(count, pod, node, held) >= pods else count + 1


def _beside(nodes: int, pod: Need, node: GpuNode, held: Need) -> int:
    """Pods that the nodes take when one of them holds something else."""
    rest = GpuNode(
        gpus=None if node.gpus is None else node.gpus - held.gpus,
        efa=None if node.efa is None else node.efa - held.efa,
        cpus=None if node.cpus is None else node.cpus - held.cpus,
        memory_gib=None if node.memory_gib is None else node.memory_gib - held.memory_gib,
    )
    return max(0, nodes - 1) * _on_node(pod, node) + max(0, _on_node(pod, rest)) if nodes else 0


def _on_node(pod: Need, node: GpuNode) -> int:
    """Pods that one node takes, by what is known of it."""
    # In thousandths, as Kubernetes counts cores.
    return min(round(one.offered * 1000) // round(one.needed * 1000) for one in _known(pod, node, pod.memory_gib))


def _known(pod: Need, node: GpuNode, memory_gib: float) -> Iterator[Measure]:
    """Of what a pod needs, that of which it is known how much a node has."""
    for key, needed, offered in (
        ("gpus", pod.gpus, node.gpus),
        ("efa", pod.efa, node.efa),
        ("cpu_request", pod.cpus, node.cpus),
        ("memory_gib", memory_gib, node.memory_gib),
    ):
        if needed and offered is not None:
            yield Measure(key=key, needed=needed, offered=offered)


def _named(platform: PlatformContract) -> str:
    return platform.gpu_instance_type or ",".join(f"{key}={value}" for key, value in platform.gpu_node_labels.items())
