"""A role names who may take it."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.narrowing import is_narrowed
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
        principals = [statement.get("Principal"), *texts(at(statement.get("Principal"), "AWS"))]
        if "*" in principals and not is_narrowed(statement.get("Condition")):
            yield Violation(f"assumeRolePolicy, {name}", "for everyone", "a role names who may take it")
        if "NotPrincipal" in statement:
            yield Violation(f"assumeRolePolicy, {name}", "NotPrincipal", "a role names who may take it")


RULE = ResourceRule(
    id="iam-role-trust-named",
    title="A role names who may take it.",
    why="A role that everyone may take is a public account.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-6", "IA-9"),
        Framework.PCI_DSS: ("7.2.5", "8.6.3"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.15",),
        Framework.MITRE_ATLAS: ("AML.M0019",),
    },
    remedy="name services, roles or accounts",
    kinds=(ROLE,),
    check=_check,
)
