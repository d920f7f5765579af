"""The default security group of every VPC is managed."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Violation
from policies.types import DEFAULT_GROUP, VPC


def _check(stack: Stack, config: Config) -> Findings:
    vpcs = list(stack.of(VPC))
    if len(vpcs) > len(list(stack.of(DEFAULT_GROUP))):
        yield Violation("DefaultSecurityGroup", MISSING, "each VPC has one", urn=vpcs[0].urn)


RULE = StackRule(
    id="vpc-default-group-managed",
    title="The default security group of every VPC is managed.",
    why="EC2 makes it open to itself: only a DefaultSecurityGroup of the program takes that away.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "AC-4"),
        Framework.PCI_DSS: ("1.2.1", "1.3.1"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.22",),
    },
    remedy="declare a DefaultSecurityGroup",
    check=_check,
)
