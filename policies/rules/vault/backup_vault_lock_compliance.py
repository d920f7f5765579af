"""A backup vault's lock becomes final and has a minimum retention."""

from policies.expect import at_least, expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, count
from policies.types import BACKUP_LOCK

DAYS = count("days", 35, "Days that a recovery point is kept at least.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "changeableForDays", present, "the lock becomes final after a grace period")
    least = DAYS.of(config)
    yield from expect(props, "minRetentionDays", at_least(least), f"a recovery point is kept {least} days or more")


RULE = ResourceRule(
    id="backup-vault-lock-compliance",
    title="A backup vault's lock becomes final and has a minimum retention.",
    why="Without changeableForDays the lock is in governance mode: an administrator lifts it.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AU-9", "CP-9", "SI-12"),
        Framework.PCI_DSS: ("10.5.1",),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="set changeableForDays and minRetentionDays",
    settings=(DAYS,),
    kinds=(BACKUP_LOCK,),
    check=_check,
)
