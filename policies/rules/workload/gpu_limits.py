"""A GPU workload without bounds starves the pool; one on no pool waits for ever or runs where no GPU is."""

import re
from collections.abc import Iterator

from policies.resource import UNKNOWN, PolicyResource, Values, mapping, sequence, text
from policies.rules.workload.pods import containers, pods

# Whole GPUs, and parts of one (MIG).
GPU = re.compile(r"nvidia\.com/(gpu|mig-.+)|amd\.com/gpu")
POOL = "aifactory/pool"
# Labels that Kubernetes gives every node: a pod that is selected by them alone may land on any.
EVERY_NODE = re.compile(r"((beta\.)?kubernetes\.io|topology\.kubernetes\.io|failure-domain\.beta\.kubernetes\.io)/.*")


def violations(resource: PolicyResource) -> Iterator[str]:
    """What a pod that asks for GPUs lacks."""
    for at, pod in pods(resource):
        asking = {path: container for path, container in containers(at, pod) if _asked(container)}
        for path, container in asking.items():
            limits = mapping(mapping(container.get("resources")).get("limits"))
            for name in (*_asked(container), "cpu", "memory"):
                if name not in limits:
                    yield f"{path}.resources.limits.{name} is missing: a GPU workload has limits; set it"
        if asking and not _is_placed(pod):
            yield (
                f"{at}.nodeSelector names no pool: a GPU workload says which nodes it runs on, by a label of theirs;"
                f" set {POOL}, or the labels of GPU nodes that exist already"
            )


def _asked(container: Values) -> list[str]:
    """The kinds of GPUs that a container asks for."""
    resources = mapping(container.get("resources"))
    every = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
    return [name for name, count in every.items() if GPU.fullmatch(name) and str(count) not in ("0", "0.0")]


def _is_placed(pod: Values) -> bool:
    """Whether a pod is selected for nodes by a label of a pool's, as a selector or as an affinity that is required."""
    if pod.get("nodeSelector") is UNKNOWN or any(map(_of_a_pool, mapping(pod.get("nodeSelector")))):
        return True
    affinity = mapping(mapping(pod.get("affinity")).get("nodeAffinity"))
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    terms = [mapping(term) for term in sequence(mapping(required).get("nodeSelectorTerms"))]
    # One term is enough for a node, so each has to name the pool.
    return required is UNKNOWN or (bool(terms) and all(map(_names_pool, terms)))


def _names_pool(term: Values) -> bool:
    expressions = map(mapping, sequence(term.get("matchExpressions")))
    return any(_of_a_pool(text(one.get("key"))) and one.get("operator") in ("In", "Exists") for one in expressions)


def _of_a_pool(label: str) -> bool:
    return bool(label) and EVERY_NODE.fullmatch(label) is None
