"""A topic is encrypted."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import TOPIC


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "kmsMasterKeyId", present, "messages are encrypted")


RULE = ResourceRule(
    id="sns-topic-encrypted",
    title="A topic is encrypted.",
    why="Alarms name resources, accounts and causes.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "AC-3"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="set kmsMasterKeyId",
    kinds=(TOPIC,),
    check=_check,
)
