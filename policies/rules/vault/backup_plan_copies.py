"""Every rule of a backup plan copies to another vault."""

from policies.expect import each, expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import BACKUP_PLAN


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, rule in each(props, "rules"):
        yield from expect(rule, "copyActions", present, "a backup is copied elsewhere", root=path)


RULE = ResourceRule(
    id="backup-plan-copies",
    title="Every rule of a backup plan copies to another vault.",
    why="A backup beside its source burns with it.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-6", "CP-6(1)", "CP-9(3)"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13", "A.8.14"),
    },
    remedy="add a copyAction to a vault of another region or account",
    kinds=(BACKUP_PLAN,),
    check=_check,
)
