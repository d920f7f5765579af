"""A disruption budget lets a node be drained."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_BUDGET


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "spec.maxUnavailable", lambda value: str(value) not in ("0", "0%"), "one pod may be moved")
    yield from expect(props, "spec.minAvailable", lambda value: str(value) != "100%", "one pod may be moved")


RULE = ResourceRule(
    id="k8s-budget-lets-drain",
    title="A disruption budget lets a node be drained.",
    why="maxUnavailable 0 keeps every upgrade of nodes waiting until it is forced, pods and all.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SI-2", "CM-3"),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="set maxUnavailable to 1 or more",
    kinds=(K8S_BUDGET,),
    check=_check,
)
