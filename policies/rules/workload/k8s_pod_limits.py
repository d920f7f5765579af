"""A container has limits of CPU and memory."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity


def _container(path: str, container: Values, pod: Values) -> Findings:
    # A limit without a request is both.
    for name in ("cpu", "memory"):
        yield from expect(
            container, f"resources.limits.{name}", present, "a container says what it takes at most", root=path
        )


RULE = ResourceRule(
    id="k8s-pod-limits",
    title="A container has limits of CPU and memory.",
    why="Without them the scheduler packs blindly, and the kernel ends whoever is biggest.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.SOC_2: ("A1.1",),
        Framework.KUBESCAPE: ("C-0270", "C-0271"),
        Framework.OWASP_LLM: ("LLM10",),
    },
    remedy="set resources.limits",
    kinds=KINDS,
    binds_controllers=False,
    check=of_containers(_container),
)
