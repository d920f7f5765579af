"""Who writes the vault may not delete, expire, unlock or open it."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed, grants
from policies.types import AWS_BUCKET_POLICY, VAULT

FORBIDDEN = (
    *("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutLifecycleConfiguration"),
    *("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"),
    *("s3:DeleteBucket", "s3:PutEncryptionConfiguration", "s3:PutReplicationConfiguration"),
)


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT not in resource.within:
        return
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for name, statement in allowed(policy):
        if given := grants(statement, FORBIDDEN):
            yield Violation(f"policy, {name}", f"allowing {', '.join(given)}", "a vault is only added to and read")


RULE = ResourceRule(
    id="vault-writer-no-delete",
    title="Who writes the vault may not delete, expire, unlock or open it.",
    why="The account that trains is the one an attacker has first: what it may only add to, it cannot take away.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-5", "AC-6", "AU-9"),
        Framework.PCI_DSS: ("7.2.1", "7.2.2", "10.3.1"),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.5.15", "A.8.2"),
    },
    remedy="give put, get and list; nothing that removes or configures",
    kinds=(AWS_BUCKET_POLICY,),
    check=_check,
)
