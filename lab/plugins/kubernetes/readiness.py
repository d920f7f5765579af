"""When an object counts as ready, and why it does not become so: what the official plugin waits for."""

from collections.abc import Callable
from threading import Event

from host.documents import Values, mapping, sequence, text
from lab.plugins.kubernetes.api import PACE, Api, Kind
from pulumi_plugin.server import PluginError

PATIENCE = 600
"""Seconds; the annotation `pulumi.com/timeoutSeconds` overrides it."""
SKIP = "pulumi.com/skipAwait"
TIMEOUT = "pulumi.com/timeoutSeconds"

# Conditions that are true of what went wrong.
FAILURES = ("Failed", "FailureTarget", "ReplicaFailure")

Judge = Callable[[Values], bool]
"""Whether an object is ready. Raises PluginError where it never will be."""


def _number(values: Values, key: str) -> int:
    value = values.get(key, 0)
    return value if isinstance(value, int) else 0


def _condition(found: Values, kind: str) -> str:
    for item in sequence(mapping(found.get("status")).get("conditions")):
        if mapping(item).get("type") == kind:
            return text(mapping(item).get("status"))
    return ""


def _deployment(found: Values) -> bool:
    spec, status, metadata = (mapping(found.get(part)) for part in ("spec", "status", "metadata"))
    if _number(status, "observedGeneration") < _number(metadata, "generation"):
        # What its status says is still about the rollout before this one.
        return False
    for item in sequence(status.get("conditions")):
        if mapping(item).get("reason") == "ProgressDeadlineExceeded":
            raise PluginError("its rollout made no progress")
    wanted = _number(spec, "replicas")
    return (
        _number(status, "updatedReplicas") == wanted
        and _number(status, "availableReplicas") == wanted
        and _number(status, "replicas") == wanted
    )


def _stateful_set(found: Values) -> bool:
    spec, status, metadata = (mapping(found.get(part)) for part in ("spec", "status", "metadata"))
    wanted = _number(spec, "replicas")
    return (
        _number(status, "observedGeneration") >= _number(metadata, "generation")
        and _number(status, "readyReplicas") == wanted
        and status.get("currentRevision") == status.get("updateRevision")
    )


def _job(found: Values) -> bool:
    if _condition(found, "Failed") == "True":
        raise PluginError("the job failed")
    return _condition(found, "Complete") == "True"


def _claim(found: Values) -> bool:
    return mapping(found.get("status")).get("phase") == "Bound"


def _pod(found: Values) -> bool:
    phase = mapping(found.get("status")).get("phase")
    if phase == "Failed":
        raise PluginError("the pod failed")
    return phase == "Succeeded" or _condition(found, "Ready") == "True"


def _definition(found: Values) -> bool:
    return _condition(found, "Established") == "True"


def _namespace(found: Values) -> bool:
    return mapping(found.get("status")).get("phase") == "Active"


JUDGES: dict[str, Judge] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "CustomResourceDefinition": _definition,
    "Namespace": _namespace,
}


def wait(api: Api, kind: Kind, manifest: Values, found: Values) -> Values:
    """Returns the object when it is ready. Raises PluginError with its conditions and last events when it is not."""
    metadata = mapping(manifest.get("metadata"))
    annotations = mapping(metadata.get("annotations"))
    name, namespace = (
        text(mapping(found.get("metadata")).get("name")),
        text(mapping(found.get("metadata")).get("namespace")),
    )
    judge = _service(api, namespace) if manifest.get("kind") == "Service" else JUDGES.get(text(manifest.get("kind")))
    if judge is None or annotations.get(SKIP) == "true":
        return found
    patience = int(text(annotations.get(TIMEOUT)) or PATIENCE)
    paced, why = Event(), f"not ready after {patience} s"
    for _ in range(int(patience / PACE)):
        try:
            if judge(found):
                return found
        except PluginError as fault:
            why = str(fault)
            break
        paced.wait(PACE)
        found = api.get(kind.path(namespace, name)) or {}
        if not found:
            why = "it was deleted while it was waited for"
            break
    raise PluginError("\n    ".join([f"{manifest.get('kind')} {namespace}/{name}: {why}", *_explain(api, found)]))


def _service(api: Api, namespace: str) -> Judge:
    def judge(found: Values) -> bool:
        spec, status = mapping(found.get("spec")), mapping(found.get("status"))
        if spec.get("type") == "LoadBalancer" and not mapping(status.get("loadBalancer")).get("ingress"):
            return False
        if spec.get("type") == "ExternalName" or not spec.get("selector") or spec.get("clusterIP") == "None":
            return True
        name = text(mapping(found.get("metadata")).get("name"))
        endpoints = api.get(f"/api/v1/namespaces/{namespace}/endpoints/{name}") or {}
        return any(mapping(subset).get("addresses") for subset in sequence(endpoints.get("subsets")))

    return judge


def _explain(api: Api, found: Values) -> list[str]:
    """What an object, its replica sets and its pods say of themselves, and their last events."""
    metadata = mapping(found.get("metadata"))
    namespace, name = text(metadata.get("namespace")), text(metadata.get("name"))
    said = _conditions(found)
    if not namespace:
        return said
    names = {name}
    labels = mapping(mapping(mapping(found.get("spec")).get("selector")).get("matchLabels"))
    if labels:
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        for item in _listed(api, f"/apis/apps/v1/namespaces/{namespace}/replicasets", selector):
            names.add(text(mapping(item.get("metadata")).get("name")))
        for item in _listed(api, f"/api/v1/namespaces/{namespace}/pods", selector):
            pod = text(mapping(item.get("metadata")).get("name"))
            names.add(pod)
            said += [f"pod {pod}: {line}" for line in (*_conditions(item), *_waiting(mapping(item.get("status"))))]
    events = [
        event
        for event in _listed(api, f"/api/v1/namespaces/{namespace}/events")
        if text(mapping(event.get("involvedObject")).get("name")) in names
    ]
    events.sort(key=lambda event: text(event.get("lastTimestamp")) or text(event.get("eventTime")))
    return [*said, *(f"event {event.get('reason')}: {event.get('message')}" for event in events[-5:])]


def _listed(api: Api, path: str, selector: str = "") -> list[Values]:
    _, answer = api.request("GET", path, **({"labelSelector": selector} if selector else {}))
    return [mapping(item) for item in sequence(answer.get("items"))]


def _conditions(found: Values) -> list[str]:
    """The conditions that say what is wrong: those that should hold and do not, and those of a failure that do."""
    said: list[str] = []
    for item in sequence(mapping(found.get("status")).get("conditions")):
        condition = mapping(item)
        kind = text(condition.get("type"))
        holds = condition.get("status") == "True"
        if holds == (kind in FAILURES) and condition.get("message"):
            said.append(f"{kind}: {condition.get('message')}")
    return said


def _waiting(status: Values) -> list[str]:
    lines: list[str] = []
    for part in ("initContainerStatuses", "containerStatuses"):
        for item in sequence(status.get(part)):
            container = mapping(item)
            for state in ("waiting", "terminated"):
                reason = mapping(mapping(container.get("state")).get(state))
                if reason and reason.get("reason") != "Completed":
                    lines.append(
                        f"{container.get('name')}: {reason.get('reason')} {reason.get('message', '')}".rstrip()
                    )
    return lines
