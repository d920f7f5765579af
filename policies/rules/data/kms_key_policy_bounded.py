"""A key's policy names who uses it."""

from policies.expect import expect, is_not_true, texts
from policies.frameworks import Framework
from policies.narrowing import is_narrowed
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed
from policies.types import KMS_KEY, KMS_POLICY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for name, statement in allowed(policy):
        principals = [statement.get("Principal"), *texts(at(statement.get("Principal"), "AWS"))]
        if "*" in principals and not is_narrowed(statement.get("Condition")):
            yield Violation(f"policy, {name}", "for everyone", "a key names who uses it")
    yield from expect(props, "bypassPolicyLockoutSafetyCheck", is_not_true, "no policy locks its owner out")


RULE = ResourceRule(
    id="kms-key-policy-bounded",
    title="A key's policy names who uses it.",
    why="A wildcard as principal makes the key the whole world's, whatever the bucket says.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-6", "SC-12"),
        Framework.PCI_DSS: ("3.6.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="name principals, or narrow the statement by a condition",
    kinds=(
        KMS_POLICY,
        KMS_KEY,
    ),
    check=_check,
)
