"""A vault bucket is encrypted by a key of its own."""

from policies.expect import each, expect, one_of, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import AWS_ENCRYPTION, VAULT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT not in resource.within:
        return
    for path, rule in each(props, "rules"):
        by = "applyServerSideEncryptionByDefault"
        yield from expect(
            rule, f"{by}.sseAlgorithm", one_of("aws:kms", "aws:kms:dsse"), "a vault is encrypted by KMS", root=path
        )
        yield from expect(rule, f"{by}.kmsMasterKeyId", present, "the key is the vault's own", root=path)


RULE = ResourceRule(
    id="vault-encrypted-by-key",
    title="A vault bucket is encrypted by a key of its own.",
    why=(
        "Under the store's key, whoever may read the bucket reads the copies; under a key, there is a "
        "second door and its log."
    ),
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "SC-13"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
        Framework.MITRE_ATLAS: ("AML.M0012",),
    },
    remedy="set sseAlgorithm aws:kms and kmsMasterKeyId",
    kinds=(AWS_ENCRYPTION,),
    check=_check,
)
