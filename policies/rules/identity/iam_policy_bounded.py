"""No policy allows everything, or everything of a service on everything."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, Values
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed
from policies.types import POLICY, ROLE_POLICY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for name, statement in allowed(policy):
        actions = texts(statement.get("Action"))
        if "NotAction" in statement:
            yield Violation(f"policy, {name}", "NotAction", "a statement that allows names what it allows")
        elif "*" in actions or "*:*" in actions:
            yield Violation(f"policy, {name}", "Action *", "a statement names its actions")
        elif _everywhere(statement) and (wide := [one for one in actions if one.endswith(":*")]):
            rule = "a service's actions are for named resources"
            yield Violation(f"policy, {name}", f"{', '.join(wide)} on *", rule)


def _everywhere(statement: Values) -> bool:
    return "*" in texts(statement.get("Resource")) and not statement.get("Condition")


RULE = ResourceRule(
    id="iam-policy-bounded",
    title="No policy allows everything, or everything of a service on everything.",
    why="A role with * is an administrator under another name.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-3"),
        Framework.PCI_DSS: ("7.2.1", "7.2.2"),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
    },
    remedy="name actions and ARNs",
    kinds=(
        ROLE_POLICY,
        POLICY,
    ),
    check=_check,
)
