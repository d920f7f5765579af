"""A backup vault's policy denies the loss of recovery points."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import denies
from policies.types import BACKUP_POLICY

LOSS = ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:PutBackupVaultAccessPolicy")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for action in LOSS:
        if not denies(policy, action):
            yield Violation(
                f"policy, Deny of {action}", MISSING, "a backup vault's policy denies what loses a recovery point"
            )


RULE = ResourceRule(
    id="backup-vault-deny-delete",
    title="A backup vault's policy denies the loss of recovery points.",
    why="Before a lock is final, a policy is what keeps recovery points from being deleted or shortened.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AU-9", "CP-9", "AC-6"),
        Framework.PCI_DSS: ("10.3.2",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="deny them to everyone but break glass",
    kinds=(BACKUP_POLICY,),
    check=_check,
)
