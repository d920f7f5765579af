"""Where pods hide in Kubernetes objects."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from policies.resource import PolicyResource, Values, mapping, sequence
from policies.rules.workload import argo

PARTS = ("initContainers", "containers", "sidecars", "ephemeralContainers")
"""Where a pod's containers are; `sidecars` are those of a template of Argo."""


def pods(resource: PolicyResource) -> Iterator[tuple[str, Values]]:
    """Path and spec of each pod that a Kubernetes object makes, whatever the object's kind."""
    if resource.kind.startswith("kubernetes:"):
        yield from _pods("", resource.props)


def containers(path: str, pod: Values) -> Iterator[tuple[str, Values]]:
    """Path and spec of each container of a pod."""
    for part in PARTS:
        for index, container in enumerate(sequence(pod.get(part))):
            name = mapping(container).get("name") or index
            yield f"{path}.{part}[{name}]", mapping(container)


def workflows(resource: PolicyResource) -> Iterator[tuple[str, Values]]:
    """Path and spec of each workflow of Argo that an object is or makes."""
    if resource.kind.startswith("kubernetes:"):
        yield from _workflows("", resource.props)


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


def _below(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            yield f"{path}.{key}" if path else str(key), item
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield f"{path}[{mapping(item).get('name') or index}]", item
