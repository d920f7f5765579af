"""A GPU node group repairs its nodes by itself."""

from policies.accelerators import is_gpu_group
from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if is_gpu_group(props):
        yield from expect(props, "nodeRepairConfig.enabled", is_true, "a broken GPU node is replaced without anybody")


RULE = ResourceRule(
    id="gpu-pool-node-repair",
    title="A GPU node group repairs its nodes by itself.",
    why="A GPU that fell off the bus stays until somebody looks: every run that lands there fails again.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SI-13", "CP-10"),
        Framework.SOC_2: ("A1.2",),
        Framework.EU_AI_ACT: ("15(4)",),
        Framework.NIST_AI_RMF: ("MEASURE 2.7",),
    },
    remedy="enable nodeRepairConfig",
    kinds=(NODE_GROUP,),
    check=_check,
)
