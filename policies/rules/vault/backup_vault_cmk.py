"""A backup vault is encrypted by a customer's key."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import BACKUP_VAULT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "kmsKeyArn", present, "a backup vault has a key of its own")


RULE = ResourceRule(
    id="backup-vault-cmk",
    title="A backup vault is encrypted by a customer's key.",
    why="Under the service's key every principal that may restore may read.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CP-9(8)", "SC-28(1)"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="set kmsKeyArn",
    kinds=(BACKUP_VAULT,),
    check=_check,
)
