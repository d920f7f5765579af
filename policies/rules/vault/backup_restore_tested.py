"""Where there are backups, restores are tested."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Violation
from policies.types import BACKUP_PLAN, RESTORE_TEST


def _check(stack: Stack, config: Config) -> Findings:
    plans = list(stack.of(BACKUP_PLAN))
    if plans and not list(stack.of(RESTORE_TEST)):
        yield Violation("RestoreTestingPlan", MISSING, "restores are tested on a schedule", urn=plans[0].urn)


RULE = StackRule(
    id="backup-restore-tested",
    title="Where there are backups, restores are tested.",
    why="An untested backup is a hope: the zero of 3-2-1-1-0 is errors after a restore.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9(1)", "CP-9(2)", "CP-4", "SI-7(1)"),
        Framework.PCI_DSS: ("10.3.4",),
        Framework.SOC_2: ("A1.3",),
        Framework.ISO_27001: ("A.8.13", "A.5.30"),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="declare a RestoreTestingPlan",
    check=_check,
)
