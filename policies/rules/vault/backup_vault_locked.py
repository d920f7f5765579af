"""Every backup vault has a lock."""

from policies.frameworks import Framework
from policies.resource import Stack, any_unknown
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import BACKUP_LOCK, BACKUP_VAULT


def _check(stack: Stack, config: Config) -> Findings:
    locked = [one.props.get("backupVaultName") for one in stack.of(BACKUP_LOCK)]
    for vault in stack.of(BACKUP_VAULT):
        if any_unknown([*locked, vault.props.get("name")]):
            yield Undecided("backupVaultName", urn=vault.urn)
        elif vault.props.get("name") not in locked:
            yield Violation("VaultLockConfiguration", MISSING, "a backup vault is locked", urn=vault.urn)


RULE = StackRule(
    id="backup-vault-locked",
    title="Every backup vault has a lock.",
    why="A backup that an administrator can delete is what ransomware deletes first.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AU-9", "CP-9", "SI-12"),
        Framework.PCI_DSS: ("10.5.1",),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="declare a VaultLockConfiguration of it",
    check=_check,
)
