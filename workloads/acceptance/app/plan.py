"""What a test is told, and what it judges by: no torch, no network."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Self, cast

from workloads.stage.app.error import StageError

UNITS = {
    "tflops": "TFLOP/s of bf16 products",
    "memory_gb_s": "GB/s of copies in the card's memory",
    "link_gb_s": "GB/s from the host",
    "all_reduce_gb_s": "GB/s of bus bandwidth",
    "write_mb_s": "MB/s written to the filesystem",
    "read_mb_s": "MB/s read from the filesystem",
}
REMEDIES = {
    "tflops": "look at nvidia-smi -q -d CLOCK,PERFORMANCE: a hot or capped card is slow; replace the node",
    "memory_gb_s": "run dcgmi diag -r 3 on the node; replace it",
    "link_gb_s": "look at nvidia-smi -q: the PCIe link may have come up narrower; replace the node",
    "all_reduce_gb_s": "look at NCCL's log: every EFA card is attached, and all nodes are in one placement",
    "write_mb_s": "compare with the filesystem's own throughput, and with what else uses it",
    "read_mb_s": "compare with the filesystem's own throughput, and with what else uses it",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is expected of the nodes of a pool."""

    pool: str
    nodes: int
    gpus: int
    efa: int
    floors: Mapping[str, float]
    sources: Mapping[str, str]
    dcgm_level: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises StageError where `text` is no plan."""
        try:
            values = cast(dict[str, object], json.loads(text))
            floors = cast(dict[str, float], values["floors"])
            return cls(
                pool=str(values["pool"]),
                nodes=int(str(values["nodes"])),
                gpus=int(str(values["gpus"])),
                efa=int(str(values["efa"])),
                floors={name: float(floor) for name, floor in floors.items()},
                sources=cast(dict[str, str], values["sources"]),
                dcgm_level=int(str(values["dcgm_level"])),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StageError(
                "ACCEPTANCE_SPEC", text[:80], "is the plan of an acceptance test", "declare it by AcceptanceTest"
            ) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What one process measured."""

    node: str
    card: str
    """e.g. `3 NVIDIA H100 80GB HBM3`; "" where it has none."""
    values: Mapping[str, float]
    transports: Sequence[str] = ()
    """What NCCL's log says that it sends by, e.g. `NET/OFI`."""
    dcgm: str = ""
    """What DCGM found wrong; "" for nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One thing that is not as it should be."""

    where: str
    path: str
    value: object
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.path} = {self.value}: {self.rule}; {self.remedy}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The record of a test."""

    plan: Plan
    started: str
    finished: str
    measured: Sequence[Measured]
    failures: Sequence[Failure] = field(default_factory=tuple)

    @property
    def passed(self) -> bool:
        return not self.failures

    def encode(self) -> bytes:
        document = {**asdict(self), "passed": self.passed}
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def judge(plan: Plan, measured: Sequence[Measured]) -> list[Failure]:
    """Everything that fails, node by node."""
    failures: list[Failure] = []
    processes = plan.nodes * max(1, plan.gpus)
    nodes = {one.node for one in measured}
    if len(measured) != processes or len(nodes) != plan.nodes:
        failures.append(
            Failure(
                where=plan.pool,
                path="nodes",
                value=len(nodes),
                rule=f"{processes} processes on {plan.nodes} nodes measure, and {len(measured)} did",
                remedy="look at the pods of the Job: each node runs one",
            )
        )
    for one in measured:
        where = f"{one.node} card {one.card}" if one.card else one.node
        failures += [
            _floor(plan, where, name, value) for name, value in one.values.items() if _below(plan, name, value)
        ]
        if plan.efa and "NET/Socket" in one.transports:
            failures.append(
                Failure(
                    where=where,
                    path="transport",
                    value=", ".join(one.transports),
                    rule="NCCL sends by EFA; NET/Socket is TCP, to which it falls back without an error",
                    remedy="the image needs libfabric and aws-ofi-nccl, and the pod vpc.amazonaws.com/efa",
                )
            )
        if one.dcgm:
            failures.append(
                Failure(
                    where=where,
                    path="dcgm",
                    value=one.dcgm,
                    rule=f"DCGM's diagnosis of level {plan.dcgm_level} finds nothing",
                    remedy="replace the node",
                )
            )
    # What nobody measured is not as it should be either.
    seen = {name for one in measured for name in one.values}
    failures += [_unmeasured(plan, name) for name in plan.floors if name not in seen]
    return failures


def _below(plan: Plan, name: str, value: float) -> bool:
    return name in plan.floors and not value >= plan.floors[name]


def _floor(plan: Plan, where: str, name: str, value: float) -> Failure:
    source = plan.sources.get(name, "")
    return Failure(
        where=where,
        path=name,
        value=f"{value:.1f}",
        rule=f"{UNITS.get(name, name)} are {plan.floors[name]:g} or more ({source})",
        remedy=REMEDIES.get(name, "replace the node"),
    )


def _unmeasured(plan: Plan, name: str) -> Failure:
    return Failure(
        where=plan.pool,
        path=name,
        value="nothing",
        rule=f"{UNITS.get(name, name)} are expected to be {plan.floors[name]:g} or more, and nothing measured them",
        remedy="give the pods what is measured: cards, several nodes, or a filesystem",
    )
