"""Every object in a vault belongs to the vault's account."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import AWS_OWNERSHIP, VAULT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT in resource.within:
        yield from expect(
            props, "rule.objectOwnership", one_of("BucketOwnerEnforced"), "the bucket's owner owns its objects"
        )


RULE = ResourceRule(
    id="vault-owner-enforced",
    title="Every object in a vault belongs to the vault's account.",
    why="An object that its writer owns can be opened by its writer's list, whatever the bucket's policy says.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-6"),
        Framework.PCI_DSS: ("7.2.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.3",),
    },
    remedy="set BucketOwnerEnforced",
    kinds=(AWS_OWNERSHIP,),
    check=_check,
)
