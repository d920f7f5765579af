"""Every backup plan selects something."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Violation
from policies.types import BACKUP_PLAN, BACKUP_SELECTION


def _check(stack: Stack, config: Config) -> Findings:
    plans = list(stack.of(BACKUP_PLAN))
    if plans and not list(stack.of(BACKUP_SELECTION)):
        yield Violation("Selection", MISSING, "a backup plan selects resources", urn=plans[0].urn)


RULE = StackRule(
    id="backup-plan-selects",
    title="Every backup plan selects something.",
    why="A plan without a selection runs every night and keeps nothing.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SI-12"),
        Framework.PCI_DSS: ("10.3.3",),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="declare a Selection of the plan",
    check=_check,
)
