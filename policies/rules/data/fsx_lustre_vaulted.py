"""A file system has backups."""

from policies.expect import at_least, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LUSTRE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "automaticBackupRetentionDays", at_least(1), "what is on it can be restored")


RULE = ResourceRule(
    id="fsx-lustre-vaulted",
    title="A file system has backups.",
    why="A deleted file system is gone; checkpoints of a week are a week of GPUs.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9",),
        Framework.PCI_DSS: ("10.3.3",),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="set automaticBackupRetentionDays to 1 or more",
    advisory_because=(
        "where all on it is in the vault or can be computed again, backups are a choice; they exclude a data repository"
    ),
    kinds=(LUSTRE,),
    check=_check,
)
