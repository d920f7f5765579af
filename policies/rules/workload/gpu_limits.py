"""A GPU workload without bounds starves the pool; one that selects no nodes waits for ever or runs where no GPU is."""

from collections.abc import Iterator

from policies.resource import PolicyResource, Values, mapping, sequence
from policies.rules.workload.pods import containers, pods

GPU = "nvidia.com/gpu"
POOL = "aifactory/pool"
# Labels that every node of a cluster may have: they select no pool.
COMMON = ("kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch")


def violations(resource: PolicyResource) -> Iterator[str]:
    """What a pod that asks for GPUs lacks."""
    for at, pod in pods(resource):
        asking = [(path, container) for path, container in containers(at, pod) if _asks(container)]
        for path, container in asking:
            limits = mapping(mapping(container.get("resources")).get("limits"))
            for name in (GPU, "cpu", "memory"):
                if name not in limits:
                    yield f"{path}.resources.limits.{name} is missing: a GPU workload has limits; set it"
        if asking and not _selected(pod) - set(COMMON):
            yield (
                f"{at}.nodeSelector.{POOL} is missing: a GPU workload selects the pool it runs on; set {POOL}, or the "
                "labels of a pool that exists (aifactory:gpuNodeLabels)"
            )


def _selected(pod: Values) -> set[str]:
    """Labels by which a pod selects its nodes: a selector's, and those that its affinity requires."""
    required = mapping(mapping(pod.get("affinity")).get("nodeAffinity")).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = [mapping(term) for term in sequence(mapping(required).get("nodeSelectorTerms"))]
    by_term = [
        {
            str(expression.get("key"))
            for expression in map(mapping, sequence(term.get("matchExpressions")))
            if expression.get("operator") in ("In", "Exists", "Gt", "Lt")
        }
        for term in terms
    ]
    # Terms are alternatives: only what each of them asks for is required.
    return set(mapping(pod.get("nodeSelector"))) | (set[str].intersection(*by_term) if by_term else set())


def _asks(container: Values) -> bool:
    resources = mapping(container.get("resources"))
    return any(GPU in mapping(resources.get(part)) for part in ("requests", "limits"))
