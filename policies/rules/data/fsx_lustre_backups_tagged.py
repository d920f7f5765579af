"""Backups have the tags of their file system."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LUSTRE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "copyTagsToBackups", is_true, "a backup says whose it is")


RULE = ResourceRule(
    id="fsx-lustre-backups-tagged",
    title="Backups have the tags of their file system.",
    why="A backup without owner and class is kept for ever or deleted by mistake.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "SC-13"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="set copyTagsToBackups",
    advisory_because="the filesystem component does not set it yet",
    kinds=(LUSTRE,),
    check=_check,
)
