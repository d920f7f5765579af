"""Every VPC has flow logs."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Violation
from policies.types import FLOW_LOG, VPC


def _check(stack: Stack, config: Config) -> Findings:
    vpcs = list(stack.of(VPC))
    if vpcs and not list(stack.of(FLOW_LOG)):
        yield Violation("FlowLog", MISSING, "a VPC logs its flows", urn=vpcs[0].urn)


RULE = StackRule(
    id="vpc-flow-log",
    title="Every VPC has flow logs.",
    why="After an incident the question is what went where: without flow logs it has no answer.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AU-12", "SI-4"),
        Framework.PCI_DSS: ("10.2.1",),
        Framework.SOC_2: ("CC7.2",),
        Framework.ISO_27001: ("A.8.16",),
    },
    remedy="declare a FlowLog",
    check=_check,
)
