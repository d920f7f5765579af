"""An elastic file system is encrypted by a customer's key."""

from policies.expect import expect, is_true, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import EFS


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "encrypted", is_true, "a file system is encrypted")
    yield from expect(props, "kmsKeyId", present, "its key is the account's own")


RULE = ResourceRule(
    id="efs-encrypted",
    title="An elastic file system is encrypted by a customer's key.",
    why="It cannot be encrypted later: only by a copy to another.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "AC-6", "CP-9"),
        Framework.PCI_DSS: ("3.5.1", "7.2.5"),
        Framework.SOC_2: ("CC6.1", "A1.2"),
        Framework.ISO_27001: ("A.8.24", "A.8.13"),
    },
    remedy="set encrypted and kmsKeyId",
    kinds=(EFS,),
    check=_check,
)
