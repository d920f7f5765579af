"""Where pods hide in Kubernetes objects."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from policies import argo
from policies.resource import UNKNOWN, PolicyResource, Values, mapping, sequence
from policies.rule import Config, Findings, Undecided

PARTS = ("initContainers", "containers", "sidecars", "ephemeralContainers")
"""Where a pod's containers are; `sidecars` are those of a template of Argo."""


KINDS = ("kubernetes:*",)
"""Types that rules of pods judge: kinds of other projects hold pods too."""
PLACES = ("spec", "template", "containers", "templates", "workflowSpec", "replicatedJobs", "manifest", "podSpecPatch")
"""Keys below which pods are: where such a value is unknown, no pod was seen."""
NO_PODS = frozenset(
    f"kubernetes:{kind}"
    for kind in (
        *("core/v1:Service", "core/v1:Namespace", "core/v1:PersistentVolume", "core/v1:PersistentVolumeClaim"),
        *("core/v1:ConfigMap", "core/v1:Secret", "core/v1:ResourceQuota", "core/v1:LimitRange"),
        *("networking.k8s.io/v1:NetworkPolicy", "networking.k8s.io/v1:Ingress"),
        "apiextensions.k8s.io/v1:CustomResourceDefinition",
        *("policy/v1:PodDisruptionBudget", "autoscaling/v2:HorizontalPodAutoscaler", "helm.sh/v3:Release"),
    )
)
"""Kinds that hold none."""
DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
"""Its schema has the keys of pods and workflows, and none of them; it is also the largest object of a chart."""


def pods(resource: PolicyResource) -> list[tuple[str, Values]]:
    """Path and spec of each pod that a Kubernetes object makes, whatever the object's kind."""
    if "pods" not in resource.seen:
        judged = resource.kind.startswith("kubernetes:") and resource.kind != DEFINITION
        resource.seen["pods"] = list(_pods("", resource.props)) if judged else []
    return resource.seen["pods"]


def of_pods(check: Callable[[str, Values], Findings]) -> Callable[[PolicyResource, Config], Findings]:
    """A rule's check from what it says of one pod; undecided where pods may be below what is unknown."""

    def judged(resource: PolicyResource, config: Config) -> Findings:
        yield from unknown_places(resource)
        for path, pod in pods(resource):
            yield from check(path, pod)

    # The pack of a rule is the folder of its module.
    judged.__module__ = check.__module__
    return judged


def of_containers(check: Callable[[str, Values, Values], Findings]) -> Callable[[PolicyResource, Config], Findings]:
    """A rule's check from what it says of one container and its pod."""

    def of_pod(path: str, pod: Values) -> Findings:
        for where, container in containers(path, pod):
            yield from check(where, container, pod)

    of_pod.__module__ = check.__module__
    return of_pods(of_pod)


def unknown_places(resource: PolicyResource) -> Findings:
    """Where pods may be of which nothing is known yet."""
    if "unknown" not in resource.seen:
        judged = resource.kind not in NO_PODS and resource.kind.startswith("kubernetes:")
        resource.seen["unknown"] = [(path, {}) for path in _unknown("", resource.props)] if judged else []
    for path, _ in resource.seen["unknown"]:
        yield Undecided(path)


def containers(path: str, pod: Values) -> Iterator[tuple[str, Values]]:
    """Path and spec of each container of a pod."""
    for part in PARTS:
        for index, container in enumerate(sequence(pod.get(part))):
            name = mapping(container).get("name") or index
            yield f"{path}.{part}[{name}]", mapping(container)


def workflows(resource: PolicyResource) -> list[tuple[str, Values]]:
    """Path and spec of each workflow of Argo that an object is or makes."""
    if "workflows" not in resource.seen:
        judged = resource.kind.startswith("kubernetes:") and resource.kind != DEFINITION
        resource.seen["workflows"] = list(_workflows("", resource.props)) if judged else []
    return resource.seen["workflows"]


def _pods(path: str, value: object) -> Iterator[tuple[str, Values]]:
    if _is_pod(value):
        yield path, mapping(value)
    elif argo.is_workflow(value):
        yield from argo.pods(path, mapping(value))
        for at, document in argo.documents(path, mapping(value)):
            yield from _pods(at, document)
    else:
        for at, item in _below(path, value):
            yield from _pods(at, item)


def _workflows(path: str, value: object) -> Iterator[tuple[str, Values]]:
    if argo.is_workflow(value):
        yield path, mapping(value)
        for at, document in argo.documents(path, mapping(value)):
            yield from _workflows(at, document)
    else:
        for at, item in _below(path, value):
            yield from _workflows(at, item)


def _is_pod(value: object) -> bool:
    """By its shape: kinds of other projects hold pods too, under names of their own."""
    return any(
        items and all(isinstance(item, Mapping) for item in items)
        for items in (sequence(mapping(value).get(part)) for part in ("containers", "initContainers"))
    )


def _unknown(path: str, value: object) -> Iterator[str]:
    for at, item in _below(path, value):
        if item is not UNKNOWN:
            yield from _unknown(at, item)
        elif at.rpartition(".")[2] in PLACES:
            yield at


def _below(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            yield f"{path}.{key}" if path else str(key), item
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield f"{path}[{mapping(item).get('name') or index}]", item
