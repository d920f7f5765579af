"""A container has a limit of scratch."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity


def _container(path: str, container: Values, pod: Values) -> Findings:
    yield from expect(
        container, "resources.limits.ephemeral-storage", present, "a container's scratch is bounded", root=path
    )


RULE = ResourceRule(
    id="k8s-pod-scratch-limited",
    title="A container has a limit of scratch.",
    why="A log or a cache that grows fills the node's disk, and the kubelet evicts whoever is there.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.SOC_2: ("A1.1",),
        Framework.KUBESCAPE: ("C-0270", "C-0271"),
        Framework.OWASP_LLM: ("LLM10",),
    },
    remedy="set resources.limits.ephemeral-storage",
    advisory_because="the pods of the components bound CPU and memory alone",
    kinds=KINDS,
    check=of_containers(_container),
)
