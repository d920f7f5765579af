"""A role of a pipeline names the exact subject that may take it."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, mapping
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
        if not texts(at(statement.get("Principal"), "Federated")) or "sts:AssumeRoleWithWebIdentity" not in texts(
            statement.get("Action")
        ):
            continue
        exact = mapping(at(statement.get("Condition"), "StringEquals"))
        subjects = [one for key, value in exact.items() if key.endswith(":sub") for one in texts(value)]
        if not subjects:
            yield Violation(
                f"assumeRolePolicy, {name}", "without an exact :sub", "a token's subject is compared as a whole"
            )
        elif any(one.endswith(":pull_request") for one in subjects):
            yield Violation(f"assumeRolePolicy, {name}", "for pull requests", "what a stranger proposes takes no role")


RULE = ResourceRule(
    id="iam-role-trust-exact",
    title="A role of a pipeline names the exact subject that may take it.",
    why="A pattern over a repository lets every branch, and every pull request of a stranger, deploy.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-6", "IA-9"),
        Framework.PCI_DSS: ("7.2.5", "8.6.3"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.15",),
        Framework.MITRE_ATLAS: ("AML.M0019",),
    },
    remedy="compare the provider's :sub by StringEquals with a branch or an environment",
    kinds=(ROLE,),
    check=_check,
)
