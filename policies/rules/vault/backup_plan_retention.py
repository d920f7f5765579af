"""A backup is kept as long as it takes to notice a loss."""

from policies.expect import at_least, each, expect
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import Config, Findings, ResourceRule, Severity, count
from policies.types import BACKUP_PLAN

DAYS = count("days", 35, "Days that a backup is kept at least.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    least = DAYS.of(config)
    for path, rule in each(props, "rules"):
        # Without a lifecycle it is kept for ever.
        if rule is UNKNOWN or at(rule, "lifecycle.deleteAfter") is not None:
            yield from expect(
                rule, "lifecycle.deleteAfter", at_least(least), f"a backup is kept {least} days or more", root=path
            )


RULE = ResourceRule(
    id="backup-plan-retention",
    title="A backup is kept as long as it takes to notice a loss.",
    why="Damage is found after weeks: a backup of seven days has it too by then.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SI-12"),
        Framework.PCI_DSS: ("10.5.1",),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="raise lifecycle.deleteAfter",
    settings=(DAYS,),
    kinds=(BACKUP_PLAN,),
    check=_check,
)
