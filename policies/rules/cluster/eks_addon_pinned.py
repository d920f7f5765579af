"""The version of an add-on is named."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import ADDON


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "addonVersion", present, "an add-on changes by a commit")


RULE = ResourceRule(
    id="eks-addon-pinned",
    title="The version of an add-on is named.",
    why="EKS's default of the day differs between two sites that are the same in git.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CM-2", "CM-3"),
        Framework.SOC_2: ("CC8.1",),
        Framework.ISO_27001: ("A.8.9",),
    },
    remedy="set addonVersion",
    advisory_because="drivers that follow the cluster's version are left to EKS by the components",
    kinds=(ADDON,),
    check=_check,
)
