"""No policy lets its holder give itself more."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed, grants
from policies.types import POLICY, ROLE_POLICY

ESCALATING = (
    *("iam:PassRole", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:AttachRolePolicy"),
    *("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:CreateAccessKey", "iam:AttachUserPolicy"),
    *("iam:PutUserPolicy", "iam:CreateLoginProfile", "iam:AddUserToGroup"),
)


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for name, statement in allowed(policy):
        given = grants(statement, ESCALATING)
        if given and "*" in texts(statement.get("Resource")) and not statement.get("Condition"):
            yield Violation(f"policy, {name}", f"{', '.join(given)} on *", "rights over rights are for named roles")


RULE = ResourceRule(
    id="iam-no-escalation",
    title="No policy lets its holder give itself more.",
    why="Who may pass any role, or write any policy, has every right one call later.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-3"),
        Framework.PCI_DSS: ("7.2.1", "7.2.2"),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
    },
    remedy="name the roles and policies that it may pass or change",
    kinds=(
        ROLE_POLICY,
        POLICY,
    ),
    check=_check,
)
