"""The network plugin enforces NetworkPolicies."""

from policies.expect import document, is_true
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import ADDON


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if props.get("addonName") != "vpc-cni":
        return
    values = props.get("configurationValues")
    if values is UNKNOWN:
        yield Undecided("configurationValues")
    elif not is_true(mapping(document(values)).get("enableNetworkPolicy")):
        yield Violation("configurationValues.enableNetworkPolicy", MISSING, "the plugin enforces policies")


RULE = ResourceRule(
    id="eks-addon-network-policy",
    title="The network plugin enforces NetworkPolicies.",
    why="A NetworkPolicy that nothing enforces is a comment.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-4", "SC-7"),
        Framework.PCI_DSS: ("1.3.1",),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.22",),
        Framework.CIS_EKS: ("4.3.1", "5.4.4"),
    },
    remedy='set configurationValues {"enableNetworkPolicy": "true"}',
    advisory_because="the add-on's own default is off, and no policy is declared yet",
    kinds=(ADDON,),
    check=_check,
)
