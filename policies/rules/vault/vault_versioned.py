"""A vault bucket keeps every version."""

from policies.expect import expect, is_true, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import AWS_VERSIONING, OWN_BUCKET, VAULT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT not in resource.within:
        return
    rule = "a vault bucket is versioned"
    if resource.kind == OWN_BUCKET:
        yield from expect(props, "versioning", is_true, rule)
    else:
        yield from expect(props, "versioningConfiguration.status", one_of("Enabled"), rule)


RULE = ResourceRule(
    id="vault-versioned",
    title="A vault bucket keeps every version.",
    why="A lock is on a version: without versions a put replaces what the lock was to keep.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SI-12"),
        Framework.PCI_DSS: ("10.3.4",),
        Framework.SOC_2: ("CC7.4", "A1.2"),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="enable it",
    kinds=(
        AWS_VERSIONING,
        OWN_BUCKET,
    ),
    check=_check,
)
