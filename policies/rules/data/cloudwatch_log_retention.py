"""A log group says how long it keeps."""

from policies.expect import at_least, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LOG_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "retentionInDays", at_least(1), "logs are kept for a time that was chosen")


RULE = ResourceRule(
    id="cloudwatch-log-retention",
    title="A log group says how long it keeps.",
    why="Without a retention logs are kept, and billed, for ever: personal data among them.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AU-11", "AU-9(3)", "SC-28(1)"),
        Framework.PCI_DSS: ("10.5.1",),
        Framework.SOC_2: ("CC7.2", "CC7.3"),
        Framework.ISO_27001: ("A.8.15",),
        Framework.EU_AI_ACT: ("19(1)", "26(6)"),
    },
    remedy="set retentionInDays",
    kinds=(LOG_GROUP,),
    check=_check,
)
