"""The default security group admits nothing."""

from policies.expect import absent, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import DEFAULT_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for key in ("ingress", "egress"):
        yield from expect(props, key, absent, "nothing passes by the default group")


RULE = ResourceRule(
    id="vpc-default-group-closed",
    title="The default security group admits nothing.",
    why="What is made without a group is in this one.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "AC-4"),
        Framework.PCI_DSS: ("1.2.1", "1.3.1"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.22",),
    },
    remedy="leave ingress and egress empty",
    kinds=(DEFAULT_GROUP,),
    check=_check,
)
