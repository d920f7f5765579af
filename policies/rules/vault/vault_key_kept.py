"""The vault's key is its own and cannot be lost at once."""

from policies.expect import at_least, expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Violation
from policies.types import KMS_KEY, VAULT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT not in resource.within:
        return
    if not resource.protected:
        yield Violation("protected", "false", "the key of a vault is protected")
    # KMS's own default is 30.
    if props.get("deletionWindowInDays") is not None:
        yield from expect(props, "deletionWindowInDays", at_least(30), "its deletion can be stopped for 30 days")
    yield from expect(props, "enableKeyRotation", is_true, "its material is rotated")


RULE = ResourceRule(
    id="vault-key-kept",
    title="The vault's key is its own and cannot be lost at once.",
    why="Without its key an immutable copy is noise: the key is as much the backup as the bytes are.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("SC-12", "SC-28(1)", "CP-9(8)"),
        Framework.PCI_DSS: ("3.6.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
        Framework.MITRE_ATLAS: ("AML.M0012",),
    },
    remedy="declare it with protect=True, a deletion window of 30 days and rotation",
    kinds=(KMS_KEY,),
    check=_check,
)
