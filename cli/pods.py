"""What a run's pods say about themselves: why they ended, and what they wait for."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from host.documents import Values, mapping, sequence, text
from workloads.pipeline.workflow import STAGE_LABEL

# A pod whose image is pulled for the first time waits for as long; nobody need hear of it.
STUCK = timedelta(minutes=3)


def endings(stage: str, pods: Values) -> Iterator[str]:
    """Why the cluster ended a stage's pods, where it was not their program's own doing."""
    for pod in map(mapping, sequence(pods.get("items"))):
        status = mapping(pod.get("status"))
        if reason := status.get("reason"):
            yield f"{reason}: {status.get('message', '')}"
        containers = {
            str(mapping(one).get("name")): mapping(one) for one in sequence(mapping(pod.get("spec")).get("containers"))
        }
        for container in map(mapping, sequence(status.get("containerStatuses"))):
            for state in ("state", "lastState"):
                if mapping(mapping(container.get(state)).get("terminated")).get("reason") == "OOMKilled":
                    resources = mapping(containers.get(str(container.get("name")), {}).get("resources"))
                    limit = mapping(resources.get("limits")).get("memory", "")
                    yield f"OOMKilled: it took more memory than its limit of {limit}; raise resources.{stage}.memory_gib in the recipe"


def stuck(pods: Values, now: datetime) -> Iterator[str]:
    """Which pods have been pending for minutes, and what for, as the scheduler or the node says it."""
    for pod in map(mapping, sequence(pods.get("items"))):
        metadata, status = mapping(pod.get("metadata")), mapping(pod.get("status"))
        created = text(metadata.get("creationTimestamp"))
        if status.get("phase") != "Pending" or not created or now - datetime.fromisoformat(created) < STUCK:
            continue
        stage = text(mapping(metadata.get("labels")).get(STAGE_LABEL))
        reasons = "; ".join(dict.fromkeys(_reasons(status))) or "the cluster gives no reason"
        yield f"{stage or 'run'}: pod {metadata.get('name')} is pending: {reasons}"


def _reasons(status: Values) -> Iterator[str]:
    for condition in map(mapping, sequence(status.get("conditions"))):
        if (condition.get("type"), condition.get("status")) == ("PodScheduled", "False"):
            yield f"{condition.get('reason', '')}: {condition.get('message', '')}"
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in map(mapping, sequence(status.get(kind))):
            waiting = mapping(mapping(container.get("state")).get("waiting"))
            # A container waits for the ones before it: what these wait for is said of them.
            if waiting and waiting.get("reason") != "PodInitializing":
                yield ": ".join(filter(None, (text(waiting.get("reason")), text(waiting.get("message")))))
