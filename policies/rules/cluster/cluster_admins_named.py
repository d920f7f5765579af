"""Administrators of a cluster are roles, by name."""

import re

from policies.expect import each, shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import CLUSTER

ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/[^*?]+")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, admin in each(props, "admins"):
        if admin is UNKNOWN:
            yield Undecided(path)
        elif ROLE.fullmatch(text(admin)) is None:
            yield Violation(path, shown(admin), "an administrator is a role")


RULE = ResourceRule(
    id="cluster-admins-named",
    title="Administrators of a cluster are roles, by name.",
    why="A user's key does not expire, and root's right is nobody's in particular.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-6(1)"),
        Framework.PCI_DSS: ("7.2.2",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("4.1.1",),
        Framework.KUBESCAPE: ("C-0035",),
    },
    remedy="name roles, e.g. arn:aws:iam::111122223333:role/platform",
    kinds=(CLUSTER,),
    check=_check,
)
