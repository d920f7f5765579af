"""What of a platform's change takes away the room that workloads had."""

from collections.abc import Sequence

from stacks.demand import Demand
from stacks.node_pool import NodePool
from stacks.placement import place, selects


def changes(before: Sequence[NodePool], now: Sequence[NodePool], demands: Sequence[Demand]) -> list[str]:
    """What is another than it was of the pools that the first demand is on, by the keys that set it; nothing where the
    workloads did not fit before either.
    """
    if not before or place(demands, before) is None:
        return []
    found: list[str] = []
    after = {pool.name: pool for pool in now}
    for old in (pool for pool in before if selects(pool, demands[0])):
        new = after.get(old.name)
        if new is None:
            found.append(f"{old.type_key} was {old.kind}, and is not set")
            continue
        if new.kind != old.kind:
            found.append(f"{new.type_key} was {old.kind}, is {new.kind}")
        elif old.gpus is not None and new.gpus != old.gpus:
            found.append(f"{new.type_key} was {old.gpus}, is {new.gpus}")
        if new.nodes != old.nodes:
            found.append(f"{new.nodes_key} was {old.nodes}, is {new.nodes}")
        if new.zones != old.zones:
            found.append(f"zones of the pool {new.name} were {','.join(old.zones)}, are {','.join(new.zones)}")
    return found
