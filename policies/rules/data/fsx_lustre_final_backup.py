"""The last state of a file system is kept."""

from policies.expect import expect, is_not_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LUSTRE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "skipFinalBackup", is_not_true, "a deleted file system leaves a backup")


RULE = ResourceRule(
    id="fsx-lustre-final-backup",
    title="The last state of a file system is kept.",
    why="skipFinalBackup makes its deletion final.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "CM-5"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="leave skipFinalBackup out",
    advisory_because="a file system that has no backups at all skips the last one too",
    kinds=(LUSTRE,),
    check=_check,
)
