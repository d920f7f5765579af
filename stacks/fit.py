"""Whether every declared workload fits the declared pools: a pod that fits no node waits for ever, and its job with it.

What is refused has no chance. DaemonSets, the platform's add-ons and what the kernel takes are not counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

from components.violations import Violations
from stacks.changes import changes
from stacks.demand import GIB, Demand
from stacks.node_pool import NodePool
from stacks.placement import Node, admits, fewest_nodes, most_pods, place, selects
from workloads.inference.spec import GATEWAY
from workloads.recipe import STAGES, Resources
from workloads.tracking import spec as tracking

SERVING = "serving"
TRACKING = "tracking"


@dataclass(frozen=True, kw_only=True, slots=True)
class Workloads:
    """What a layer workloads declares."""

    standing: tuple[Demand, ...]
    """What always runs."""
    stages: tuple[Demand, ...]
    """What runs one after the other, each beside what always runs."""

    @classmethod
    def of(
        cls,
        resources: Mapping[str, Resources],
        *,
        served: bool,
        gpu_nodes: Mapping[str, str],
        filesystem_zone: str = "",
        acceptance: Demand | None = None,
    ) -> Self:
        """Of a recipe's `resources`: every stage, MLflow and, where a model is served, its server with the gateway.

        `acceptance`: the test by which nodes prove themselves before the first stage; None where there is none.
        """

        def demand(name: str, *containers: Resources) -> Demand:
            return Demand.of(name, *containers, path=f"resources.{name}", gpu_nodes=gpu_nodes, zone=filesystem_zone)

        serving = (demand(SERVING, resources[SERVING], GATEWAY),) if served else ()
        # No recipe says what it takes.
        mlflow = Demand.of(TRACKING, tracking.RESOURCES, path=TRACKING, gpu_nodes=gpu_nodes)
        return cls(
            standing=(*serving, mlflow),
            stages=(*(demand(name, resources[name]) for name in STAGES), *((acceptance,) if acceptance else ())),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """Judges workloads by pools."""

    subject: str
    """What messages are of, e.g. `Recipe`."""
    pools: Sequence[NodePool]
    before: Callable[[], Sequence[NodePool]]
    """The pools as they were published last, asked for only where something does not fit."""
    violations: Violations
    notes: list[str]

    def standing(self, demands: Sequence[Demand]) -> tuple[Demand, ...]:
        """What of that which always runs is known to fit."""
        found: tuple[Demand, ...] = ()
        for demand in demands:
            if self.comparable(demand) and self.alone(demand) and self.together(demand, found):
                found = (*found, demand)
        return found

    def comparable(self, demand: Demand) -> bool:
        """Whether enough is known of the nodes that its pods may be on. Notes where there are none for GPUs at all."""
        pools = [pool for pool in self.pools if selects(pool, demand)]
        if not pools:
            self.violations.unless(
                False,
                f"{demand.path}.gpus",
                demand.gpus,
                f"GPUs are on nodes of a GPU pool, and the platform has none{self._changed(demand)}",
                "set aifactory:gpuInstanceType, or aifactory:gpuNodeLabels and gpuNodes where such nodes exist already,"
                " or gpus to 0",
            )
            return False
        for pool in pools:
            # Nodes without GPUs that exist already: no setting describes them.
            if pool.nodes is None and not demand.gpus:
                return False
            missing = [
                key
                for key, unknown in (
                    (pool.type_key, demand.gpus > 0 and pool.gpus is None),
                    (pool.nodes_key, pool.nodes is None),
                )
                if unknown
            ]
            if missing and pool.instance_type:
                # EC2 did not answer, which was said once of the whole pool.
                return False
            if missing:
                self._alone_on(demand, pool)
                output = " and ".join(missing)
                self.notes.append(f"{demand.path}: not compared with the GPU nodes of {pool.kind}: {output} is not set")
                return False
        return True

    def processor(self, demands: Sequence[Demand]) -> tuple[Demand, ...]:
        """Those that are on nodes for whose processor there are images. Notes the others, a line a pool."""
        good: list[Demand] = []
        arms: dict[NodePool, list[Demand]] = {}
        for demand in demands:
            pools = [pool for pool in self.pools if selects(pool, demand)]
            if pools and all(pool.arm for pool in pools):
                arms.setdefault(pools[0], []).append(demand)
            else:
                good.append(demand)
        for pool, kept_off in arms.items():
            self.violations.unless(
                False,
                "resources",
                ", ".join(demand.name for demand in kept_off),
                f"the images are built for x86-64, and nodes of {pool.kind} have Arm processors"
                f"{self._changed(kept_off[0])}",
                f"set {pool.type_key} to a type with an x86-64 processor",
            )
        return tuple(good)

    def alone(self, demand: Demand) -> bool:
        """Whether one of its pods fits an empty node."""
        pools = [pool for pool in self.pools if selects(pool, demand)]
        one = replace(demand, pods=1, zone="")
        if any(place([one], [replace(pool, nodes=1)]) is not None for pool in pools):
            return True
        # The largest pool is the one to aim at.
        self._alone_on(demand, max(pools, key=lambda pool: (pool.gpus or 0, pool.memory_mib or 0)))
        return False

    def together(self, demand: Demand, beside: Sequence[Demand]) -> bool:
        """Whether all of its pods fit at once, beside others."""
        if place([demand, *beside], self.pools) is not None:
            return True
        (pool, *_) = (one for one in self.pools if admits(one, demand))
        room = most_pods(demand, (), self.pools)
        left = most_pods(demand, beside, self.pools)
        nodes = fewest_nodes([demand, *beside], self.pools, pool)
        each = Node(pool, "").room(demand)
        have = "1 node" if pool.nodes == 1 else f"{pool.nodes} nodes"
        offer = f"{have} of {pool.kind} for {room} such pods, {each} each"
        if demand.one_zone and (len(pool.zones) > 1 or demand.zone not in ("", *pool.zones)):
            offer += f", in one zone{demand.zone and f', that of the filesystem, {demand.zone}'}"
        if left < room:
            names = " and ".join(one.name for one in beside)
            offer += f", and {left} beside what always runs ({names})"
        remedy = [f"set {demand.names.get('pods', 'pods')} to at most {left}"] if left else []
        remedy += [f"set {pool.nodes_key} to {nodes} or more"] if nodes else []
        self.violations.unless(
            False,
            demand.key("pods"),
            demand.pods,
            f"all pods of a job run at once, each with {demand.describe()}, and the pool {pool.name} has {offer}"
            f"{self._changed(demand, *beside)}",
            ", or ".join(remedy) or "ask for less, or take another instance type",
        )
        return False

    def _alone_on(self, demand: Demand, pool: NodePool) -> None:
        """Notes of what one pod needs more than an empty node of the pool has."""
        asked = demand.asked
        for key, value, needed, offered, unit in (
            ("gpus", asked.gpus, demand.gpus, pool.gpus, 1),
            ("efa", asked.efa, demand.efa, pool.efa, 1),
            ("cpu_request", asked.cpu_request, demand.millicores, pool.millicores, 1000),
            ("memory_gib", asked.memory_gib, demand.most_memory_mib, pool.memory_mib, GIB),
        ):
            if offered is None or needed <= offered:
                continue
            others = needed / unit - value
            beside = f" beside {others:g} for its other containers" if others > 0 else ""
            most = (offered / unit - others) // 1
            less = most > 0 and demand.path != TRACKING
            remedy = f"set at most {most:g}, or another {pool.type_key}" if less else f"set another {pool.type_key}"
            self.violations.unless(
                False,
                demand.key(key),
                int(value) if value == int(value) else value,
                f"a pod is on one node, and a node of {pool.kind} leaves {round(offered / unit, 2):g} to pods{beside}"
                f"{self._changed(demand)}",
                remedy,
            )

    def _changed(self, *demands: Demand) -> str:
        found = changes(self.before(), self.pools, demands)
        return f" ({', '.join(found)})" if found else ""


def check_fit(
    workloads: Workloads,
    pools: Sequence[NodePool],
    *,
    before: Callable[[], Sequence[NodePool]],
    subject: str = "Recipe",
) -> list[str]:
    """What could not be compared, a line each. Raises SpecError where workloads surely do not fit."""
    fit = Fit(subject=subject, pools=pools, before=cache(before), violations=Violations(subject), notes=[])
    good = fit.processor((*workloads.standing, *workloads.stages))
    standing = fit.standing([demand for demand in good if demand in workloads.standing])
    for demand in (one for one in good if one in workloads.stages):
        if fit.comparable(demand) and fit.alone(demand):
            fit.together(demand, standing)
    fit.violations.raise_if_any()
    return fit.notes
