"""Who decrypts, decrypts by keys that are named."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed, grants
from policies.types import POLICY, ROLE_POLICY

ACTIONS = ("kms:Decrypt", "kms:ReEncryptFrom")


def _check(resource: PolicyResource, config: Config) -> Findings:
    policy = resource.props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for name, statement in allowed(policy):
        given = grants(statement, ACTIONS)
        every = [one for one in texts(statement.get("Resource")) if one == "*" or one.endswith(":key/*")]
        # A condition, such as the service that asks, is a bound too.
        if given and every and not statement.get("Condition"):
            rule = "a statement names the keys by which it decrypts"
            yield Violation(f"policy, {name}", f"{', '.join(given)} on every key", rule)


RULE = ResourceRule(
    id="iam-policy-decrypt-named",
    title="Who decrypts, decrypts by keys that are named.",
    why="With every key of the account, encryption by a key of one's own keeps nobody out.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-6", "SC-12"),
        Framework.PCI_DSS: ("7.2.1", "7.2.2"),
        Framework.SOC_2: ("CC6.1", "CC6.3"),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="name the ARNs of the keys, or the service on whose behalf they are used",
    kinds=(
        ROLE_POLICY,
        POLICY,
    ),
    check=_check,
)
