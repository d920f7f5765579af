"""The file system component says how long backups are kept."""

from policies.expect import at_least, expect
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided
from policies.types import FILESYSTEM


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    lustre = props.get("lustre")
    if lustre is UNKNOWN:
        yield Undecided("lustre")
    elif lustre is not None:
        yield from expect(
            lustre, "automatic_backup_retention_days", at_least(1), "what is on it can be restored", root="lustre"
        )


RULE = ResourceRule(
    id="filesystem-backups-declared",
    title="The file system component says how long backups are kept.",
    why="In a preview the file system's own inputs may be unknown; the component's are not.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9",),
        Framework.PCI_DSS: ("10.3.3",),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="set lustre.automatic_backup_retention_days",
    advisory_because="where all on it is in the vault or can be computed again, backups are a choice",
    kinds=(FILESYSTEM,),
    check=_check,
)
