"""No role has a policy of administrators."""

import re

from policies.expect import each
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import ATTACHMENT, ROLE

ADMIN = re.compile(r"arn:[\w-]+:iam::aws:policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess|[\w-]*FullAccess)$")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, arn in [("policyArn", props.get("policyArn")), *each(props, "managedPolicyArns")]:
        if arn is UNKNOWN:
            yield Undecided(path)
        elif ADMIN.match(text(arn)):
            yield Violation(path, text(arn).rpartition("/")[2], "a role has the rights that it uses")


RULE = ResourceRule(
    id="iam-no-admin-policy",
    title="No role has a policy of administrators.",
    why="One pod, node or pipeline that is broken into is then the whole account.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-3"),
        Framework.PCI_DSS: ("7.2.1", "7.2.2"),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
    },
    remedy="write a policy of named actions",
    kinds=(
        ATTACHMENT,
        ROLE,
    ),
    check=_check,
)
