"""A cluster sends all logs of its control plane."""

from policies.frameworks import Framework
from policies.resource import PolicyResource, any_unknown, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import EKS_CLUSTER

LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    given = props.get("enabledClusterLogTypes")
    if any_unknown([given, *sequence(given)]):
        yield Undecided("enabledClusterLogTypes")
        return
    missing = [one for one in LOGS if one not in sequence(given)]
    if missing:
        yield Violation(
            "enabledClusterLogTypes", f"without {', '.join(missing)}", "the control plane logs all that it can"
        )


RULE = ResourceRule(
    id="eks-cluster-logs",
    title="A cluster sends all logs of its control plane.",
    why="Who did what to the API is known from the audit log alone.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AU-2", "AU-12", "SI-4"),
        Framework.PCI_DSS: ("10.2.1", "10.2.2"),
        Framework.SOC_2: ("CC7.2",),
        Framework.ISO_27001: ("A.8.15",),
        Framework.CIS_EKS: ("2.1.1",),
        Framework.KUBESCAPE: ("C-0067",),
        Framework.EU_AI_ACT: ("12(1)",),
    },
    remedy="enable all five",
    kinds=(EKS_CLUSTER,),
    check=_check,
)
