"""A bucket keeps versions."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import AWS_VERSIONING


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "versioningConfiguration.status", one_of("Enabled"), "a bucket is versioned")


RULE = ResourceRule(
    id="s3-bucket-versioned",
    title="A bucket keeps versions.",
    why="A put over an object, or a delete, is otherwise final.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SI-12"),
        Framework.PCI_DSS: ("10.3.4",),
        Framework.SOC_2: ("CC7.4", "A1.2"),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="set status to Enabled",
    kinds=(AWS_VERSIONING,),
    check=_check,
)
