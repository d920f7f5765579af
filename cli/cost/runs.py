"""What a run costs: the nodes that its stages hold, for as long as they may."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cli.cost import prices
from cli.cost.estimate import Amount, Bound
from cli.cost.nodes import gpus_of
from cli.cost.prices import PriceTable
from stacks.demand import Demand
from stacks.node_pool import NodePool
from stacks.placement import selects


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStage:
    """A stage of a run on the nodes of one pool."""

    name: str
    instance_type: str
    nodes: int
    hours: Decimal | None = None
    """Its deadline, or what it is expected to take; None where nobody said either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCost:
    """What a run costs at most, priced on demand: its nodes are paid for also while they wait, by whoever keeps them."""

    usd: Amount
    """Of the whole run."""
    hourly: Amount
    """USD an hour of the dearest stage: stages run one after another."""
    gpu_hours: Amount
    unknown: tuple[str, ...]
    """What is not known, by stage."""


def gpu_stages(demands: Sequence[Demand], pools: Sequence[NodePool], hours: Decimal | None) -> tuple[RunStage, ...]:
    """The stages that hold nodes with GPUs, each with as many nodes as its pods fill.

    Other stages share nodes that are paid for all month. `hours` bounds each of them.
    """
    found: list[RunStage] = []
    for demand in demands:
        pool = next((one for one in pools if one.gpus and selects(one, demand)), None)
        if demand.gpus and pool is not None and pool.gpus:
            each = max(pool.gpus // demand.gpus, 1)
            nodes = math.ceil(demand.pods / each)
            found.append(RunStage(name=demand.name, instance_type=pool.instance_type, nodes=nodes, hours=hours))
    return tuple(found)


def run_cost(stages: Sequence[RunStage], table: PriceTable) -> RunCost:
    """Nodes times hours times price, over all stages."""
    usd, hourly, gpus, unknown = Decimal(), Decimal(), Decimal(), list[str]()
    complete, rated, counted = True, True, True
    for stage in stages:
        price, each = table.get(prices.instance(stage.instance_type)), gpus_of(stage.instance_type)
        if price is None:
            unknown.append(f"{stage.name}: no price of {stage.instance_type or 'its nodes'} in {table.region}")
        if stage.hours is None:
            unknown.append(f"{stage.name}: it has no deadline")
        rated = rated and price is not None
        complete = complete and price is not None and stage.hours is not None
        counted = counted and each is not None and stage.hours is not None
        if price is not None:
            hourly = max(hourly, price.hourly(stage.nodes))
        if price is not None and stage.hours is not None:
            usd += price.hourly(stage.nodes) * stage.hours
        if each is not None and stage.hours is not None:
            gpus += each * stage.nodes * stage.hours
    return RunCost(
        usd=_amount(usd, complete),
        hourly=_amount(hourly, rated),
        gpu_hours=_amount(gpus, counted),
        unknown=tuple(unknown),
    )


def _amount(value: Decimal, complete: bool) -> Amount:
    if complete:
        return Amount(value=value, bound=Bound.EXACT)
    return Amount(value=value, bound=Bound.AT_LEAST) if value else Amount(value=None, bound=Bound.UNKNOWN)
