"""No load balancer admits the whole world."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_SERVICE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    ranges = at(props, "spec.loadBalancerSourceRanges")
    if ranges is UNKNOWN:
        yield Undecided("spec.loadBalancerSourceRanges")
    for one in sequence(ranges):
        if one in ("0.0.0.0/0", "::/0"):
            yield Violation("spec.loadBalancerSourceRanges", "the world", "a load balancer names whom it admits")


RULE = ResourceRule(
    id="k8s-service-no-world-source",
    title="No load balancer admits the whole world.",
    why="A model's endpoint on the internet is found, tried and billed.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "SC-8(1)", "IA-9"),
        Framework.PCI_DSS: ("4.2.1", "7.2.1", "8.2.1"),
        Framework.SOC_2: ("CC6.1", "CC6.7"),
        Framework.ISO_27001: ("A.8.5", "A.8.24"),
        Framework.CIS_EKS: ("5.4.5",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.OWASP_LLM: ("LLM02", "LLM10"),
        Framework.MITRE_ATLAS: ("AML.M0019",),
    },
    remedy="name the addresses that may",
    kinds=(K8S_SERVICE,),
    check=_check,
)
