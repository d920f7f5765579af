"""Waiting until an object is ready or gone: a paced poll with a deadline, which a cancelled update ends at once."""

from collections.abc import Callable
from threading import Event
from time import monotonic

from lab.plugins.kubernetes import readiness
from lab.plugins.kubernetes.api import Api, Kind
from lab.plugins.kubernetes.diagnosis import explain
from lab.plugins.kubernetes.objects import SKIP_AWAIT, TIMEOUT, Identity, annotation, described
from lab.plugins.server import PluginFault
from lab.plugins.values import Values, mapping, sequence, text

PATIENCE = 600.0
"""Seconds; the official plugin's default."""
NEW_KIND = 60.0
"""Seconds to wait for a kind that a definition, created a moment ago, is about to bring."""
FASTEST, SLOWEST = 0.2, 2.0
CANCELLED = "the update was cancelled"

Tell = Callable[[str], None]
"""Shows the user what is waited for."""


class NotReady(PluginFault):
    """An object that exists and is not as it was declared yet."""

    def __init__(self, live: Values, reasons: list[str]) -> None:
        super().__init__(f"{described(live)}: {reasons[0]}")
        self.live = live
        self.reasons = reasons


class Pace:
    """The times at which to look again, until a deadline."""

    def __init__(self, seconds: float, cancelled: Event) -> None:
        self._deadline = monotonic() + seconds
        self._cancelled = cancelled
        self._step = FASTEST

    def again(self) -> bool:
        """Waits for the next look; False when there is none."""
        left = self._deadline - monotonic()
        if left <= 0 or self._cancelled.wait(min(self._step, left)):
            return False
        self._step = min(self._step * 1.3, SLOWEST)
        return True


def patience(inputs: Values, asked: float) -> float:
    """Seconds to wait: the resource's own timeout, its annotation, else the default."""
    told = annotation(inputs, TIMEOUT)
    if told and not (told.isdigit() and int(told)):
        raise PluginFault(f"{described(inputs)}: {TIMEOUT} = {told!r}: is a whole number of seconds, 1 or more")
    return asked or float(told or PATIENCE)


def until_ready(
    api: Api, kind: Kind, inputs: Values, live: Values, seconds: float, cancelled: Event, tell: Tell
) -> Values:
    """The object once it is ready. Raises NotReady with what stands in its way."""
    if annotation(inputs, SKIP_AWAIT) == "true":
        return live
    judge = _judge(api, live)
    if judge is None:
        return live
    identity, pace, told = Identity.of(live), Pace(seconds, cancelled), ""
    while True:
        verdict = judge(live)
        if verdict.ready:
            return live
        if verdict.hopeless:
            raise NotReady(live, [verdict.why, *explain(api, live)])
        if verdict.why != told:
            told = verdict.why
            tell(f"waiting: {told}")
        if not pace.again():
            why = CANCELLED if cancelled.is_set() else f"not ready after {seconds:g} s: {verdict.why}"
            raise NotReady(live, [why, *([] if cancelled.is_set() else explain(api, live))])
        found = api.get(kind.path(identity.namespace, identity.name))
        if found is None:
            raise NotReady(live, ["it was deleted while it was waited for"])
        live = found


def until_gone(api: Api, path: str, live: Values, seconds: float, cancelled: Event) -> None:
    """Returns when the object is gone. Raises PluginFault with what holds it."""
    pace, uid = Pace(seconds, cancelled), mapping(live.get("metadata")).get("uid")
    while True:
        found = api.get(path)
        if found is None or (uid and mapping(found.get("metadata")).get("uid") != uid):
            return
        if not pace.again():
            why = CANCELLED if cancelled.is_set() else f"still there after {seconds:g} s"
            finalizers = ", ".join(text(item) for item in sequence(mapping(found.get("metadata")).get("finalizers")))
            held = f"; held by the finalizers {finalizers}" if finalizers else ""
            told = [
                f"condition {name}: {condition.get('message')}"
                for name, condition in readiness.conditions(found).items()
                if condition.get("status") == "True" and condition.get("message")
            ]
            raise PluginFault("\n    ".join([f"{described(found)}: {why}{held}", *told]))


def until_known(api: Api, group_version: str, kind: str, cancelled: Event) -> Kind:
    """Where a kind is found, also one whose definition was created a moment ago."""
    pace = Pace(NEW_KIND, cancelled)
    while True:
        found = api.kind(group_version, kind)
        if found:
            return found
        if not pace.again():
            raise PluginFault(
                f"{kind} of {group_version}: the cluster at {api.server} has no such kind: correct "
                "apiVersion and kind, or install its CustomResourceDefinition first (depends_on)"
            )


def _judge(api: Api, live: Values) -> readiness.Judge | None:
    if (live.get("apiVersion"), live.get("kind")) == ("v1", "Service"):
        return readiness.service(lambda found: _has_endpoints(api, found))
    if (live.get("apiVersion"), live.get("kind")) == ("v1", "PersistentVolumeClaim"):
        return readiness.claim(lambda found: _waits_for_consumer(api, found))
    return readiness.judge_of(live)


def _has_endpoints(api: Api, live: Values) -> bool:
    identity = Identity.of(live)
    slices = api.listed(
        f"/apis/discovery.k8s.io/v1/namespaces/{identity.namespace}/endpointslices",
        labelSelector=f"kubernetes.io/service-name={identity.name}",
    )
    endpoints = (mapping(item) for found in slices for item in sequence(found.get("endpoints")))
    # An endpoint that says nothing of itself is ready (EndpointConditions in the API reference).
    return any(mapping(endpoint.get("conditions")).get("ready", True) for endpoint in endpoints)


def _waits_for_consumer(api: Api, live: Values) -> bool:
    name = text(mapping(live.get("spec")).get("storageClassName"))
    found = api.get(f"/apis/storage.k8s.io/v1/storageclasses/{name}") if name else None
    return (found or {}).get("volumeBindingMode") == "WaitForFirstConsumer"
