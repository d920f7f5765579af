"""A namespace has a quota."""

from policies.frameworks import Framework
from policies.resource import Stack, any_unknown, at
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import K8S_NAMESPACE, K8S_QUOTA


def _check(stack: Stack, config: Config) -> Findings:
    quotas = [at(one.props, "metadata.namespace") for one in stack.of(K8S_QUOTA)]
    for namespace in stack.of(K8S_NAMESPACE):
        name = at(namespace.props, "metadata.name")
        if any_unknown([name, *quotas]):
            yield Undecided("metadata.name", urn=namespace.urn)
        elif name not in quotas:
            yield Violation("ResourceQuota", MISSING, "a namespace has a quota", urn=namespace.urn)


RULE = StackRule(
    id="k8s-namespace-quota",
    title="A namespace has a quota.",
    why="One team's mistake takes the cluster of all.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.SOC_2: ("A1.1",),
        Framework.OWASP_LLM: ("LLM10",),
        Framework.MITRE_ATLAS: ("AML.M0036",),
    },
    remedy="declare a ResourceQuota",
    advisory_because="a factory of one team has its pools for itself",
    check=_check,
)
