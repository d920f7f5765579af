"""What workloads ask of nodes: the arithmetic of `workloads/render.py`, to which a test holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from components.gpu_pool.taint import GPU_TAINT
from workloads.recipe import Resources

GIB = 1024
"""MiB of a GiB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """Pods of one kind that run at once."""

    name: str
    """A stage, `serving` or `tracking`."""
    path: str
    """Where configuration says it, e.g. `resources.train`."""
    pods: int
    asked: Resources
    """Of its main container, as configuration says it."""
    gpus: int
    efa: int
    millicores: int
    memory_mib: int
    """What the scheduler keeps for a pod."""
    most_memory_mib: int
    """What a pod may take at most."""
    node_labels: Mapping[str, str] = field(hash=False)
    tolerated: tuple[str, ...]
    names: Mapping[str, str] = field(hash=False, default_factory=dict[str, str])
    """What configuration calls its `pods` and what each asks for, where those are not its own words for them."""
    zone: str = ""
    """Where it has to be; "" for anywhere."""

    @property
    def one_zone(self) -> bool:
        """Whether all pods are in one zone: EFA's traffic does not leave it (EC2 user guide, "EFA")."""
        return self.efa > 0

    @classmethod
    def of(
        cls,
        name: str,
        *containers: Resources,
        path: str,
        gpu_nodes: Mapping[str, str],
        zone: str = "",
    ) -> Self:
        """Of pods with these containers; the first is the one that `path` speaks of."""
        gpus = sum(one.gpus for one in containers)
        efa = sum(one.efa for one in containers)
        return cls(
            name=name,
            path=path,
            pods=containers[0].pods,
            asked=containers[0],
            gpus=gpus,
            efa=efa,
            millicores=sum(round(one.cpu_request * 1000) for one in containers),
            # A pod asks for half of its limit, as `workloads/render.py` writes it.
            memory_mib=sum(one.memory_gib * GIB // 2 for one in containers),
            most_memory_mib=sum(one.memory_gib * GIB for one in containers),
            node_labels=gpu_nodes if gpus else {},
            tolerated=(GPU_TAINT.key,) if gpus else (),
            zone=zone if efa else "",
        )

    def key(self, name: str) -> str:
        """What configuration sets one of its numbers by."""
        return f"{self.path}.{self.names.get(name, name)}"

    def describe(self) -> str:
        """What each pod needs, for a message."""
        parts = [
            f"{self.gpus} GPUs" if self.gpus > 1 else "1 GPU" if self.gpus else "",
            f"{self.efa} EFA interfaces" if self.efa > 1 else "1 EFA interface" if self.efa else "",
            f"{self.millicores / 1000:g} cores",
            f"{self.memory_mib / GIB:g} GiB",
        ]
        return ", ".join(part for part in parts if part)
