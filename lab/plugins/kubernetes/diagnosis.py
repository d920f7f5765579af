"""Why an object does not become ready, in a few lines: its conditions, its pods' containers, the last events."""

from lab.plugins.kubernetes.api import Api
from lab.plugins.kubernetes.objects import Identity
from lab.plugins.kubernetes.readiness import conditions
from lab.plugins.server import PluginFault
from lab.plugins.values import Values, mapping, sequence, text

PODS, EVENTS, LENGTH = 3, 5, 300
"""At most so many pods and events are told, each with so many characters."""
# Of these conditions `True` is the bad news.
BAD = frozenset({"Failed", "FailureTarget", "ReplicaFailure"})


def explain(api: Api, live: Values) -> list[str]:
    """Lines for the user; what cannot be asked any more is left out."""
    lines = [
        f"condition {kind}={found.get('status')}: {found.get('reason', '')} {found.get('message', '')}".rstrip()
        for kind, found in conditions(live).items()
        if (found.get("status") == "True") == (kind in BAD)
    ]
    try:
        pods = _pods(api, live)
        lines += [line for pod in pods[:PODS] for line in _containers(pod)]
        lines += _events(api, [live, *pods])
    except PluginFault as fault:
        lines.append(f"its pods and events cannot be read: {fault}")
    return [line.replace("\n", " ")[:LENGTH] for line in lines]


def _pods(api: Api, live: Values) -> list[Values]:
    """The pods of a controller or Service; those that are not ready first."""
    spec, namespace = mapping(live.get("spec")), Identity.of(live).namespace
    if live.get("kind") == "Pod":
        return [live]
    selector = mapping(spec.get("selector"))
    labels = mapping(selector.get("matchLabels")) if live.get("kind") != "Service" else selector
    if not labels or not namespace:
        return []
    wanted = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = api.listed(f"/api/v1/namespaces/{namespace}/pods", labelSelector=wanted)
    return sorted(pods, key=lambda pod: conditions(pod).get("Ready", {}).get("status") == "True")


def _containers(pod: Values) -> list[str]:
    status, name = mapping(pod.get("status")), Identity.of(pod).name
    lines: list[str] = []
    unscheduled = conditions(pod).get("PodScheduled", {})
    if unscheduled.get("status") == "False":
        lines.append(f"pod {name}: {unscheduled.get('reason')}: {unscheduled.get('message')}")
    for part in ("initContainerStatuses", "containerStatuses"):
        for item in sequence(status.get(part)):
            container = mapping(item)
            # A container that waits to be started again tells its error in its last state.
            for state in (mapping(container.get("state")), mapping(container.get("lastState"))):
                for what in ("waiting", "terminated"):
                    told = mapping(state.get(what))
                    if told and told.get("reason") not in ("Completed", "PodInitializing", "ContainerCreating"):
                        code = f" (exit code {told['exitCode']})" if "exitCode" in told else ""
                        said = f"{told.get('reason')}{code} {text(told.get('message')).strip()}".rstrip()
                        lines.append(f"pod {name}, container {container.get('name')}: {what}: {said}")
    return lines


def _events(api: Api, objects: list[Values]) -> list[str]:
    """The last events of the objects, each message once, oldest first."""
    namespace = Identity.of(objects[0]).namespace or "default"
    uids = {mapping(found.get("metadata")).get("uid") for found in objects}
    names = {(found.get("kind"), Identity.of(found).name) for found in objects if found.get("kind")}
    mine = [
        event
        for event in api.listed(f"/api/v1/namespaces/{namespace}/events")
        if (about := mapping(event.get("involvedObject"))).get("uid") in uids
        or (about.get("kind"), about.get("name")) in names
    ]
    mine.sort(key=lambda event: text(event.get("lastTimestamp")) or text(event.get("eventTime")))
    told = {f"event {event.get('reason')}: {text(event.get('message')).strip()}": None for event in mine}
    return list(told)[-EVENTS:]
