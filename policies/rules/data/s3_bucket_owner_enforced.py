"""A bucket's objects belong to its account."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import AWS_OWNERSHIP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(
        props, "rule.objectOwnership", one_of("BucketOwnerEnforced"), "the bucket's owner owns its objects"
    )


RULE = ResourceRule(
    id="s3-bucket-owner-enforced",
    title="A bucket's objects belong to its account.",
    why="Lists of access on objects open what the bucket's policy closed.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-4", "SC-7"),
        Framework.PCI_DSS: ("1.3.1", "7.2.1"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.3",),
    },
    remedy="set BucketOwnerEnforced",
    kinds=(AWS_OWNERSHIP,),
    check=_check,
)
