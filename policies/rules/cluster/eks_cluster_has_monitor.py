"""A cluster with nodes says when one is ill."""

from policies.frameworks import Framework
from policies.resource import Stack, any_unknown
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import ADDON, NODE_GROUP


def _check(stack: Stack, config: Config) -> Findings:
    groups = list(stack.of(NODE_GROUP))
    names = [one.props.get("addonName") for one in stack.of(ADDON)]
    if not groups or "eks-node-monitoring-agent" in names:
        return
    if any_unknown(names):
        yield Undecided("addonName", urn=groups[0].urn)
    else:
        yield Violation("eks-node-monitoring-agent", MISSING, "ill nodes are found", urn=groups[0].urn)


RULE = StackRule(
    id="eks-cluster-has-monitor",
    title="A cluster with nodes says when one is ill.",
    why="Node repair acts on conditions that only the monitoring agent sets for GPUs, disks and network.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SI-4", "CA-7", "SI-13"),
        Framework.SOC_2: ("CC7.2",),
        Framework.ISO_27001: ("A.8.16",),
        Framework.EU_AI_ACT: ("26(5)", "72"),
        Framework.NIST_AI_RMF: ("MEASURE 2.4", "MANAGE 4.1"),
        Framework.ISO_42001: ("A.6.2.6",),
    },
    remedy="declare the add-on eks-node-monitoring-agent",
    check=_check,
)
