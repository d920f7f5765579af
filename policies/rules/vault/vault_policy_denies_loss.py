"""The vault's policy denies its writers deletion and bypass."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import denies
from policies.types import AWS_BUCKET_POLICY, VAULT

LOSS = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT not in resource.within:
        return
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for action in LOSS:
        if not denies(policy, action):
            yield Violation(
                f"policy, Deny of {action}", MISSING, "a vault's policy denies its writers what loses an object"
            )


RULE = ResourceRule(
    id="vault-policy-denies-loss",
    title="The vault's policy denies its writers deletion and bypass.",
    why=(
        "An Allow elsewhere, of a role that was widened, is enough to delete; a Deny of the bucket's "
        "holds against all of them."
    ),
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AU-9", "AC-6", "CP-9(8)"),
        Framework.PCI_DSS: ("10.3.2",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.3",),
        Framework.MITRE_ATLAS: ("AML.M0019",),
    },
    remedy="let components.vault.VaultBucket write the policy",
    kinds=(AWS_BUCKET_POLICY,),
    check=_check,
)
