"""A file system is encrypted by a customer's key."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LUSTRE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "kmsKeyId", present, "a file system has a key of its own")


RULE = ResourceRule(
    id="fsx-lustre-cmk",
    title="A file system is encrypted by a customer's key.",
    why="Checkpoints are the weights: under the account's default key everyone who may restore a backup has them.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "SC-13"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="set kmsKeyId",
    kinds=(LUSTRE,),
    check=_check,
)
