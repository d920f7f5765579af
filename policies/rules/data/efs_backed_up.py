"""An elastic file system is backed up."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Violation
from policies.types import EFS, EFS_BACKUP


def _check(stack: Stack, config: Config) -> Findings:
    systems = list(stack.of(EFS))
    if len(systems) > len(list(stack.of(EFS_BACKUP))):
        yield Violation("BackupPolicy", MISSING, "each file system is backed up", urn=systems[0].urn)


RULE = StackRule(
    id="efs-backed-up",
    title="An elastic file system is backed up.",
    why="A delete by a pod is a delete of the only copy.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SI-12"),
        Framework.PCI_DSS: ("10.3.3",),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="declare a BackupPolicy with status ENABLED",
    check=_check,
)
