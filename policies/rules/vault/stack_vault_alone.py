"""A vault is in a stack of its own."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import Config, Findings, Severity, StackRule, Violation
from policies.types import EKS_CLUSTER, GPU_POOL, NODE_GROUP, VAULT


def _check(stack: Stack, config: Config) -> Findings:
    vaults = list(stack.of(VAULT))
    beside = [
        one
        for one in stack.resources
        if one.kind in (EKS_CLUSTER, NODE_GROUP, GPU_POOL) or one.kind.startswith("kubernetes:")
    ]
    if vaults and beside:
        yield Violation(
            "stack", f"one with {beside[0].kind}", "a vault shares its stack with no workload", urn=vaults[0].urn
        )


RULE = StackRule(
    id="stack-vault-alone",
    title="A vault is in a stack of its own.",
    why="Who may change the cluster may then change the vault, and a destroy of one plans that of the other.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-5", "CP-9(8)", "AU-9(2)"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.22",),
    },
    remedy="declare it in the layer vault",
    check=_check,
)
