"""The cluster component names who reaches its API."""

from policies.frameworks import Framework
from policies.resource import PolicyResource, any_unknown, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import CLUSTER


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    given = props.get("public_cidrs")
    if any_unknown([given, *sequence(given)]):
        yield Undecided("public_cidrs")
    elif {"0.0.0.0/0", "::/0"} & {str(one) for one in sequence(given)}:
        yield Violation("public_cidrs", "the world", "the API names who reaches it")


RULE = ResourceRule(
    id="cluster-public-cidrs",
    title="The cluster component names who reaches its API.",
    why="In a preview the cluster's own inputs may be unknown; the component's are not.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-4", "SC-7"),
        Framework.PCI_DSS: ("1.4.4", "1.3.1"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.20",),
        Framework.CIS_EKS: ("5.4.1", "5.4.2"),
        Framework.KUBESCAPE: ("C-0054",),
    },
    remedy="name the addresses in public_cidrs, or leave it out",
    kinds=(CLUSTER,),
    check=_check,
)
