"""Logs are kept a year."""

from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation, count
from policies.types import LOG_GROUP

DAYS = count("days", 365, "Days that logs are kept at least.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    days = props.get("retentionInDays")
    if days is UNKNOWN:
        yield Undecided("retentionInDays")
    elif 0 < number(days) < DAYS.of(config):
        yield Violation("retentionInDays", shown(days), f"logs are kept {DAYS.of(config)} days or more")


RULE = ResourceRule(
    id="cloudwatch-log-kept",
    title="Logs are kept a year.",
    why="Break-ins are found after months; an audit asks for twelve.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AU-11", "AU-9(3)", "SC-28(1)"),
        Framework.PCI_DSS: ("10.5.1",),
        Framework.SOC_2: ("CC7.2", "CC7.3"),
        Framework.ISO_27001: ("A.8.15",),
        Framework.EU_AI_ACT: ("19(1)", "26(6)"),
    },
    remedy="raise retentionInDays",
    settings=(DAYS,),
    advisory_because="flow logs and file system logs are kept 90 days by the components",
    kinds=(LOG_GROUP,),
    check=_check,
)
