"""A vault is reached by credentials that are named."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import AWS_BUCKETS, OWN_BUCKET, VAULT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT in resource.within:
        holder = props if resource.kind == OWN_BUCKET else resource.provider
        named = any(at(holder, key) not in (None, "") for key in ("profile", "assumeRoles", "allowedAccountIds"))
        if not named:
            yield Violation("provider.profile", MISSING, "the account of a vault is named")
        elif all(at(holder, key) in (None, "", UNKNOWN) for key in ("profile", "assumeRoles", "allowedAccountIds")):
            yield Undecided("provider.profile")


RULE = ResourceRule(
    id="vault-provider-apart",
    title="A vault is reached by credentials that are named.",
    why="By the environment's own credentials, whoever trains also owns the vault.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9(3)", "AU-9(2)", "SC-7(21)"),
        Framework.PCI_DSS: ("10.3.3",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.22",),
    },
    remedy="name a profile of the vault's own account for its provider or its bucket",
    advisory_because="credentials of a vault may also come from the runner that alone may deploy it",
    kinds=(
        *AWS_BUCKETS,
        OWN_BUCKET,
    ),
    check=_check,
)
