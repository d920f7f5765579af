"""What the nodes of the GPU pool have."""

from dataclasses import dataclass
from typing import Self

from components.accelerators import Accelerator, accelerator_of
from stacks.settings import PlatformSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuNode:
    """What each node of the GPU pool has; None where nobody said."""

    gpus: int | None = None
    gpu_model: str | None = None
    """EC2's name of the GPU, e.g. `H100`."""
    gpu_memory_gib: float | None = None
    """Memory of one GPU."""
    efa: int | None = None
    """EFA interfaces."""
    cpus: float | None = None
    memory_gib: float | None = None
    arm: bool | None = None

    @classmethod
    def of(cls, accelerator: Accelerator) -> Self:
        """As EC2 describes the instance type."""
        return cls(
            gpus=accelerator.gpus,
            gpu_model=accelerator.gpu_model,
            gpu_memory_gib=accelerator.gpu_memory_mib / 1024,
            efa=accelerator.efa_cards,
            cpus=accelerator.vcpus,
            memory_gib=accelerator.memory_mib / 1024,
            arm=accelerator.arm,
        )

    @classmethod
    def plan(cls, settings: PlatformSettings) -> Self:
        """As EC2 describes the pool's type, or as configuration says of nodes that exist. Raises SpecError as EC2 does."""
        if settings.aws and settings.gpu_instance_type:
            return cls.of(accelerator_of(settings.gpu_instance_type, settings.aws))
        return cls(gpus=settings.gpus_per_node or None, gpu_memory_gib=settings.gpu_memory_gib or None)
