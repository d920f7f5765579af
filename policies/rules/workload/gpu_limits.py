"""A GPU workload without bounds starves the pool; one on no pool waits for ever or runs where no GPU is."""

from collections.abc import Iterator

from policies.judged import Judged, Values, mapping
from policies.rules.workload.pods import containers, pods

GPU = "nvidia.com/gpu"
POOL = "aifactory/pool"


def faults(judged: Judged) -> Iterator[str]:
    """What a pod that asks for GPUs lacks."""
    for at, pod in pods(judged):
        asking = [(path, container) for path, container in containers(at, pod) if _asks(container)]
        for path, container in asking:
            limits = mapping(mapping(container.get("resources")).get("limits"))
            for name in (GPU, "cpu", "memory"):
                if name not in limits:
                    yield f"{path}.resources.limits.{name} is missing: a GPU workload has limits; set it"
        if asking and POOL not in mapping(pod.get("nodeSelector")):
            yield f"{at}.nodeSelector.{POOL} is missing: a GPU workload names the declared pool it runs on"


def _asks(container: Values) -> bool:
    resources = mapping(container.get("resources"))
    return any(GPU in mapping(resources.get(part)) for part in ("requests", "limits"))
