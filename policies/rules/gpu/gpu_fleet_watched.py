"""A stack with GPU pools watches its GPUs."""

from policies.frameworks import Framework
from policies.resource import Stack, any_unknown, text
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import ADDON, GPU_POOL, KARPENTER_POOL

WATCHING = ("eks-node-monitoring-agent", "amazon-cloudwatch-observability", "dcgm")


def _check(stack: Stack, config: Config) -> Findings:
    pools = list(stack.of(GPU_POOL, KARPENTER_POOL))
    addons = [one.props.get("addonName") for one in stack.of(ADDON)]
    charts = [one.name for one in stack.resources if one.kind.startswith("kubernetes:")]
    watched = any(word in text(name) for word in WATCHING for name in (*addons, *charts))
    if not pools or watched:
        return
    if any_unknown(addons):
        yield Undecided("addonName", urn=pools[0].urn)
    else:
        yield Violation("monitoring of GPUs", MISSING, "a stack with GPU pools reads their errors", urn=pools[0].urn)


RULE = StackRule(
    id="gpu-fleet-watched",
    title="A stack with GPU pools watches its GPUs.",
    why="XID, ECC and link errors are in the driver's log alone: who does not read it learns of them from failed runs.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SI-4", "CA-7", "SI-13"),
        Framework.SOC_2: ("CC7.2",),
        Framework.ISO_27001: ("A.8.16",),
        Framework.EU_AI_ACT: ("26(5)", "72"),
        Framework.NIST_AI_RMF: ("MEASURE 2.4", "MANAGE 4.1"),
        Framework.ISO_42001: ("A.6.2.6",),
    },
    remedy="declare the add-on eks-node-monitoring-agent, or an exporter of DCGM",
    check=_check,
)
