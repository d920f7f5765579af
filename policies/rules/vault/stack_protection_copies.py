"""What the vault keeps has enough copies."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import Config, Findings, Severity, StackRule, Violation, count
from policies.types import VAULT

COPIES = count("copies", 2, "Vault buckets that a stack with a vault has at least; the original is a copy too.")


def _check(stack: Stack, config: Config) -> Findings:
    vaults = list(stack.of(VAULT))
    if vaults and len(vaults) < COPIES.of(config):
        rule = f"a stack with a vault has {COPIES.of(config)} vault buckets or more"
        yield Violation("vault buckets", str(len(vaults)), rule, urn=vaults[0].urn)


RULE = StackRule(
    id="stack-protection-copies",
    title="What the vault keeps has enough copies.",
    why="One copy is one fault from none; 3-2-1-1-0 counts the original and two more.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "CP-6"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13", "A.8.14"),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="declare another vault bucket, elsewhere",
    settings=(COPIES,),
    check=_check,
)
