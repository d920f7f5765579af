"""A key is rotated and cannot be lost in a week."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import KMS_KEY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    # Only symmetric keys of KMS's own material rotate.
    if props.get("customerMasterKeySpec") in (None, "", "SYMMETRIC_DEFAULT", UNKNOWN):
        yield from expect(props, "enableKeyRotation", is_true, "its material is rotated")
    yield from expect(
        props,
        "deletionWindowInDays",
        lambda value: value is None or number(value) >= 30,
        "its deletion can be stopped for 30 days",
    )
    yield from expect(props, "isEnabled", lambda value: value is not False, "a key that is used is enabled")


RULE = ResourceRule(
    id="kms-key-rotated",
    title="A key is rotated and cannot be lost in a week.",
    why="A deleted key takes all that it encrypted along; the window is the time in which somebody notices.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-12",),
        Framework.PCI_DSS: ("3.7.4",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="set enableKeyRotation, and a deletion window of 30 days",
    kinds=(KMS_KEY,),
    check=_check,
)
