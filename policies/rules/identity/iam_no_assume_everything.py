"""No policy lets its holder take any role."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed, grants
from policies.types import POLICY, ROLE_POLICY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for name, statement in allowed(policy):
        given = grants(statement, ("sts:AssumeRole",))
        if given and "*" in texts(statement.get("Resource")):
            yield Violation(f"policy, {name}", "sts:AssumeRole on *", "roles that are taken are named")


RULE = ResourceRule(
    id="iam-no-assume-everything",
    title="No policy lets its holder take any role.",
    why="sts:AssumeRole on * is every right of every role that trusts the account.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-3"),
        Framework.PCI_DSS: ("7.2.1", "7.2.2"),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
    },
    remedy="name the roles",
    kinds=(
        ROLE_POLICY,
        POLICY,
    ),
    check=_check,
)
