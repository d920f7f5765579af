"""Object Lock of vault buckets."""

from policies.expect import at_least, expect, is_true, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Violation
from policies.types import AWS_BUCKET, AWS_LOCK, OWN_BUCKET, VAULT

LOCKED = "a vault bucket has Object Lock from its creation"


def check(resource: PolicyResource, config: Config) -> Findings:
    """What lets a vault's objects be lost."""
    props = resource.props
    if resource.kind == VAULT:
        yield from expect(props, "object_lock", is_true, LOCKED)
    if VAULT not in resource.within:
        return
    if resource.kind in (OWN_BUCKET, AWS_BUCKET):
        yield from expect(props, "objectLock" if resource.kind == OWN_BUCKET else "objectLockEnabled", is_true, LOCKED)
        if not resource.protected:
            yield Violation("protected", "false", "a vault bucket is protected", "declare it with protect=True")
    if resource.kind == OWN_BUCKET:
        rule = "an object put without a date of its own has a default"
        yield from expect(props, "defaultRetentionDays", at_least(1), rule, "set 1 or more")
    if resource.kind == AWS_LOCK:
        rule = "an administrator cannot lift the lock"
        yield from expect(props, "rule.defaultRetention.mode", one_of("COMPLIANCE"), rule, "set COMPLIANCE")


RULE = ResourceRule(
    id="storage-vault-lock",
    title="A vault bucket is locked, in compliance mode, and protected.",
    why="A vault that can be emptied is none.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AU-9", "CP-9(3)", "CP-9(8)", "SI-12"),
        Framework.PCI_DSS: ("10.3.2", "10.3.4", "10.5.1"),
        Framework.SOC_2: ("A1.2", "CC6.1"),
        Framework.ISO_27001: ("A.8.13", "A.5.33"),
        Framework.EU_AI_ACT: ("18(1)", "19(1)"),
    },
    remedy="set it",
    kinds=(VAULT, OWN_BUCKET, AWS_BUCKET, AWS_LOCK),
    check=check,
)
