"""A GPU pod asks for as much CPU and memory as it may use."""

from policies.accelerators import asked
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import UNKNOWN, Values, at
from policies.rule import Findings, ResourceRule, Severity, Undecided, Violation


def _container(path: str, container: Values, pod: Values) -> Findings:
    if not asked(container):
        return
    for name in ("cpu", "memory"):
        request, limit = (at(container, f"resources.{part}.{name}") for part in ("requests", "limits"))
        if request is UNKNOWN or limit is UNKNOWN:
            yield Undecided(f"{path}.resources.requests.{name}")
        elif request is not None and str(request) != str(limit):
            yield Violation(
                f"{path}.resources.requests.{name}", f"{request} of {limit}", "a GPU pod is of the class Guaranteed"
            )


RULE = ResourceRule(
    id="gpu-pod-guaranteed",
    title="A GPU pod asks for as much CPU and memory as it may use.",
    why="The kubelet evicts first what uses more than it asked for: a trainer of days, for a few GiB.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-6",),
        Framework.SOC_2: ("A1.1",),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="make requests equal to limits",
    advisory_because="the pods of the lifecycle ask for less memory than their limit",
    kinds=KINDS,
    check=of_containers(_container),
)
