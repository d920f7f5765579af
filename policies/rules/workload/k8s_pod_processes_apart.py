"""Containers of a pod do not share processes."""

from policies.expect import expect, is_not_true
from policies.frameworks import Framework
from policies.pods import KINDS, of_pods
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity


def _pod(path: str, pod: Values) -> Findings:
    yield from expect(pod, "shareProcessNamespace", is_not_true, "a container sees its own processes", root=path)


RULE = ResourceRule(
    id="k8s-pod-processes-apart",
    title="Containers of a pod do not share processes.",
    why="A sidecar that is broken into reads the memory, and the keys, of the server beside it.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-39", "SC-4"),
        Framework.SOC_2: ("CC6.1",),
    },
    remedy="leave shareProcessNamespace out",
    kinds=KINDS,
    binds_controllers=False,
    check=of_pods(_pod),
)
