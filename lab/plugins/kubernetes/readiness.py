"""When an object counts as ready: what the official plugin waits for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.plugins.kubernetes.changes import group_of
from lab.plugins.values import Values, mapping, sequence, text


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an object stands."""

    ready: bool = False
    hopeless: bool = False
    """It will not become ready by itself."""
    why: str = ""


READY = Verdict(ready=True)
Judge = Callable[[Values], Verdict]


def pending(why: str) -> Verdict:
    return Verdict(why=why)


def hopeless(why: str) -> Verdict:
    return Verdict(hopeless=True, why=why)


def conditions(live: Values) -> dict[str, Values]:
    """An object's conditions by type."""
    found = (mapping(item) for item in sequence(mapping(live.get("status")).get("conditions")))
    return {text(condition.get("type")): condition for condition in found}


def holds(live: Values, condition: str) -> bool:
    """Whether a condition is `True`."""
    return conditions(live).get(condition, {}).get("status") == "True"


def number(values: Values, key: str, default: int = 0) -> int:
    """A count; the API leaves out those that are zero."""
    value = values.get(key, default)
    return value if isinstance(value, int) else default


def _observed(live: Values) -> bool:
    """Whether the controller has seen the declaration that stands now."""
    generation = number(mapping(live.get("metadata")), "generation")
    return number(mapping(live.get("status")), "observedGeneration") >= generation


def _deployment(live: Values) -> Verdict:
    spec, status = mapping(live.get("spec")), mapping(live.get("status"))
    if spec.get("paused") is True:
        return READY
    if not _observed(live):
        return pending("its rollout has not begun")
    progress = conditions(live).get("Progressing", {})
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return hopeless(text(progress.get("message")) or "its rollout made no progress in time")
    wanted = number(spec, "replicas", 1)
    updated, available = number(status, "updatedReplicas"), number(status, "availableReplicas")
    if updated < wanted or number(status, "replicas") > updated or available < wanted:
        return pending(f"{available} of {wanted} replicas are available, {updated} are of the new template")
    return READY


def _stateful_set(live: Values) -> Verdict:
    spec, status = mapping(live.get("spec")), mapping(live.get("status"))
    if not _observed(live):
        return pending("its rollout has not begun")
    wanted, ready = number(spec, "replicas", 1), number(status, "readyReplicas")
    if ready < wanted:
        return pending(f"{ready} of {wanted} replicas are ready")
    strategy = mapping(spec.get("updateStrategy"))
    if strategy.get("type") == "OnDelete":
        return READY
    partition = number(mapping(strategy.get("rollingUpdate")), "partition")
    updated = number(status, "updatedReplicas")
    if status.get("currentRevision") != status.get("updateRevision") and updated < wanted - partition:
        return pending(f"{updated} of {wanted - partition} replicas are of the new template")
    return READY


def _daemon_set(live: Values) -> Verdict:
    status = mapping(live.get("status"))
    if not _observed(live):
        return pending("its rollout has not begun")
    wanted, available = number(status, "desiredNumberScheduled"), number(status, "numberAvailable")
    updated = number(status, "updatedNumberScheduled")
    if mapping(mapping(live.get("spec")).get("updateStrategy")).get("type") == "OnDelete":
        updated = wanted
    if available < wanted or updated < wanted:
        return pending(f"{available} of {wanted} nodes have an available pod, {updated} of the new template")
    return READY


def _job(live: Values) -> Verdict:
    failed = conditions(live).get("Failed", {})
    if failed.get("status") == "True":
        return hopeless(f"it failed: {failed.get('reason')}: {failed.get('message')}")
    if holds(live, "Complete") or mapping(live.get("spec")).get("suspend") is True:
        return READY
    status, wanted = mapping(live.get("status")), number(mapping(live.get("spec")), "completions", 1)
    return pending(f"{number(status, 'succeeded')} of {wanted} completed, {number(status, 'active')} active")


def _claim(live: Values) -> Verdict:
    phase = text(mapping(live.get("status")).get("phase"))
    if phase == "Lost":
        return hopeless("its volume is gone")
    return READY if phase == "Bound" else pending("no volume is bound to it")


def _volume(live: Values) -> Verdict:
    phase = text(mapping(live.get("status")).get("phase"))
    return READY if phase in ("Available", "Bound") else pending(f"its phase is {phase or 'not set'}")


def _pod(live: Values) -> Verdict:
    status = mapping(live.get("status"))
    phase = text(status.get("phase"))
    if phase == "Failed":
        return hopeless(f"it failed: {status.get('message') or status.get('reason') or 'a container ended in error'}")
    return READY if phase == "Succeeded" or holds(live, "Ready") else pending(f"its phase is {phase or 'not set'}")


def _definition(live: Values) -> Verdict:
    names = conditions(live).get("NamesAccepted", {})
    if names.get("status") == "False":
        return hopeless(f"its names are not accepted: {names.get('message')}")
    return READY if holds(live, "Established") else pending("it is not established")


def _namespace(live: Values) -> Verdict:
    phase = mapping(live.get("status")).get("phase")
    return READY if phase == "Active" else pending(f"its phase is {phase}")


def service(endpoints: Callable[[Values], bool]) -> Judge:
    """A Service is ready when some pod answers for it; `endpoints` says so."""

    def judge(live: Values) -> Verdict:
        spec, status = mapping(live.get("spec")), mapping(live.get("status"))
        kind = spec.get("type")
        if kind == "LoadBalancer" and not mapping(status.get("loadBalancer")).get("ingress"):
            return pending("its load balancer has no address")
        if kind == "ExternalName" or not spec.get("selector") or spec.get("clusterIP") == "None":
            return READY
        return READY if endpoints(live) else pending("no ready pod matches its selector")

    return judge


def claim(waits_for_consumer: Callable[[Values], bool]) -> Judge:
    """A claim is ready when it is bound, or when its class binds only once a pod uses it."""

    def judge(live: Values) -> Verdict:
        verdict = _claim(live)
        return READY if not (verdict.ready or verdict.hopeless) and waits_for_consumer(live) else verdict

    return judge


JUDGES: Mapping[tuple[str, str], Judge] = {
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "Job"): _job,
    ("", "Namespace"): _namespace,
    ("", "PersistentVolume"): _volume,
    ("", "Pod"): _pod,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}


def judge_of(live: Values) -> Judge | None:
    """The judge of an object's kind; None for kinds that are ready once they are there."""
    return JUDGES.get((group_of(live), text(live.get("kind"))))
