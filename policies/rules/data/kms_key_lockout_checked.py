"""KMS checks that the policy of a key can be changed again."""

from policies.expect import expect, is_not_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import KMS_KEY, KMS_POLICY


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from expect(
        resource.props, "bypassPolicyLockoutSafetyCheck", is_not_true, "KMS checks that the policy can be changed again"
    )


RULE = ResourceRule(
    id="kms-key-lockout-checked",
    title="KMS checks that a key's policy can be changed again.",
    why="A key whose policy nobody may change is lost with all that it encrypts, and only AWS support can help.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-12", "CP-9"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="leave bypassPolicyLockoutSafetyCheck out",
    kinds=(
        KMS_KEY,
        KMS_POLICY,
    ),
    check=_check,
)
