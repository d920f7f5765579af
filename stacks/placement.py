"""Pods placed on nodes before either exists: the largest first, each on the first node that takes it.

It finds a placement wherever there is one, if at most one demand has several pods. The scheduler, which does not look
ahead, may find none then; what is refused here has none for it either.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stacks.demand import Demand
from stacks.node_pool import NodePool


@dataclass(frozen=True, slots=True)
class Node:
    """What nodes that are alike hold: their pool, their zone, and pods of each demand."""

    pool: NodePool
    zone: str
    held: tuple[tuple[Demand, int], ...] = ()

    def room(self, demand: Demand) -> int:
        """How many more pods of it the node takes."""
        if not admits(self.pool, demand) or (demand.zone and self.zone and demand.zone != self.zone):
            return 0
        measures = (
            (self.pool.pods, 1, sum(count for _, count in self.held)),
            (self.pool.gpus, demand.gpus, sum(one.gpus * count for one, count in self.held)),
            (self.pool.efa, demand.efa, sum(one.efa * count for one, count in self.held)),
            (self.pool.millicores, demand.millicores, sum(one.millicores * count for one, count in self.held)),
            (self.pool.memory_mib, demand.memory_mib, sum(one.memory_mib * count for one, count in self.held)),
        )
        return min(
            ((has - taken) // each for has, each, taken in measures if has is not None and each), default=demand.pods
        )

    def taking(self, demand: Demand, pods: int) -> "Node":
        """The node with so many pods more."""
        return replace(self, held=(*self.held, (demand, pods)))


Nodes = Counter[Node]
"""Nodes by what they hold: of a thousand that are alike only the count is kept."""


def admits(pool: NodePool, demand: Demand) -> bool:
    """Whether labels and taints let its pods onto the pool, and a pod may there take all that it is limited to."""
    return selects(pool, demand) and (pool.memory_mib is None or demand.most_memory_mib <= pool.memory_mib)


def selects(pool: NodePool, demand: Demand) -> bool:
    """Whether labels and taints let its pods onto the pool."""
    labelled = all(pool.labels.get(key) == value for key, value in demand.node_labels.items())
    return labelled and set(pool.taints) <= set(demand.tolerated)


def place(demands: Sequence[Demand], pools: Sequence[NodePool]) -> Nodes | None:
    """All nodes with the pods that they hold, or None where the pods do not fit. Nodes of no known count take none."""
    empty = Nodes()
    for pool in pools:
        empty.update({Node(pool, zone): count for zone, count in pool.by_zone().items() if count})
    # Those of one pod first, whose every place can be tried; then there is nothing to try for pods that are alike.
    return _search(sorted(demands, key=_size), empty)


def most_pods(demand: Demand, beside: Sequence[Demand], pools: Sequence[NodePool]) -> int:
    """The most pods of a demand that fit beside others."""
    least, most = 0, demand.pods
    while least < most:
        middle = (least + most + 1) // 2
        if place([*beside, replace(demand, pods=middle)], pools) is None:
            most = middle - 1
        else:
            least = middle
    return least


def fewest_nodes(demands: Sequence[Demand], pools: Sequence[NodePool], pool: NodePool) -> int:
    """The fewest nodes of one of the pools with which all fits; 0 where no count suffices."""
    others = [one for one in pools if one is not pool]

    def fits(count: int) -> bool:
        return place(demands, [*others, replace(pool, nodes=count)]) is not None

    least, most = 1, (pool.nodes or 0) + sum(demand.pods for demand in demands) * max(1, len(pool.zones))
    if not fits(most):
        return 0
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if fits(middle) else (middle + 1, most)
    return least


def _size(demand: Demand) -> tuple[bool, int, int, int, int]:
    return (demand.pods > 1, -demand.gpus, -demand.efa, -demand.millicores, -demand.memory_mib)


def _search(demands: Sequence[Demand], nodes: Nodes) -> Nodes | None:
    if not demands:
        return nodes
    first, *rest = demands
    for taken in _places(first, nodes):
        found = _search(rest, taken)
        if found is not None:
            return found
    return None


def _places(demand: Demand, nodes: Nodes) -> Iterator[Nodes]:
    """The nodes with all pods of a demand on them, in each way that may matter to what comes after."""
    if demand.pods == 1:
        for node in nodes:
            if node.room(demand) >= 1:
                yield _moved(nodes, node, demand, 1, 1)
        return
    zones = list(dict.fromkeys(node.zone for node in nodes)) if demand.one_zone else [None]
    for zone in zones:
        taken = _filled(demand, nodes, zone)
        if taken is not None:
            yield taken


def _filled(demand: Demand, nodes: Nodes, zone: str | None) -> Nodes | None:
    """The nodes, one after the other filled with pods that are alike; None where some are left over."""
    found, left = nodes, demand.pods
    for node, count in nodes.items():
        room = 0 if zone is not None and node.zone != zone else node.room(demand)
        if room < 1 or not left:
            continue
        full = min(count, left // room)
        if full:
            found, left = _moved(found, node, demand, room, full), left - full * room
        if left and full < count:
            found, left = _moved(found, node, demand, left, 1), 0
    return found if not left else None


def _moved(nodes: Nodes, node: Node, demand: Demand, pods: int, count: int) -> Nodes:
    """So many of the nodes that are alike take so many pods each."""
    found = Nodes(nodes)
    found[node] -= count
    if not found[node]:
        del found[node]
    found[node.taking(demand, pods)] += count
    return found
