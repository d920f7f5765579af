"""A role of pods names its cluster, namespace and account."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed
from policies.types import ROLE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("assumeRolePolicy")
    if policy is UNKNOWN:
        yield Undecided("assumeRolePolicy")
        return
    for name, statement in allowed(policy):
        if "pods.eks.amazonaws.com" in texts(at(statement.get("Principal"), "Service")) and not statement.get(
            "Condition"
        ):
            yield Violation(f"assumeRolePolicy, {name}", "without a condition", "a role of pods names its pods")


RULE = ResourceRule(
    id="iam-role-pod-identity-bounded",
    title="A role of pods names its cluster, namespace and account.",
    why="Without a condition any pod of any cluster of the account, associated by whoever may, takes the role.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-6", "IA-9"),
        Framework.PCI_DSS: ("7.2.5", "8.6.3"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.15",),
        Framework.MITRE_ATLAS: ("AML.M0019",),
    },
    remedy="compare aws:RequestTag/kubernetes-namespace and its siblings by StringEquals",
    kinds=(ROLE,),
    check=_check,
)
