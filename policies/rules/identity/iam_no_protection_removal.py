"""No role of a workload may remove protection."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed, grants
from policies.types import POLICY, ROLE_POLICY

REMOVING = (
    *("s3:BypassGovernanceRetention", "s3:PutBucketObjectLockConfiguration", "s3:DeleteObjectVersion"),
    *(
        "kms:ScheduleKeyDeletion",
        "kms:DisableKey",
        "backup:DeleteRecoveryPoint",
        "backup:DeleteBackupVaultLockConfiguration",
    ),
)


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for name, statement in allowed(policy):
        if given := grants(statement, REMOVING):
            yield Violation(
                f"policy, {name}",
                f"allowing {', '.join(given)}",
                "protection is removed by nobody who works with the data",
            )


RULE = ResourceRule(
    id="iam-no-protection-removal",
    title="No role of a workload may remove protection.",
    why="What can delete versions, lift holds or schedule a key's deletion is what ransomware looks for.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-5", "AC-6", "AU-9"),
        Framework.PCI_DSS: ("7.2.1", "7.2.2", "10.3.1"),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.5.15", "A.8.2"),
    },
    remedy="leave the action to break glass",
    advisory_because="roles that deploy the vault need some of these",
    kinds=(
        ROLE_POLICY,
        POLICY,
    ),
    check=_check,
)
