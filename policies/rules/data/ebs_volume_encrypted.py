"""A volume is encrypted."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import VOLUME


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "encrypted", is_true, "a volume is encrypted")


RULE = ResourceRule(
    id="ebs-volume-encrypted",
    title="A volume is encrypted.",
    why="A snapshot of it can be shared by one call.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "SC-13"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="set encrypted",
    kinds=(VOLUME,),
    check=_check,
)
