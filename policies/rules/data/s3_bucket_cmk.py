"""A bucket is encrypted by a customer's key."""

from policies.expect import each, expect, is_true, one_of, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import AWS_ENCRYPTION


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, rule in each(props, "rules"):
        by = "applyServerSideEncryptionByDefault"
        yield from expect(
            rule, f"{by}.sseAlgorithm", one_of("aws:kms", "aws:kms:dsse"), "a bucket is encrypted by KMS", root=path
        )
        yield from expect(rule, f"{by}.kmsMasterKeyId", present, "the key is the account's own", root=path)
        # Without it each object is a call of KMS: thousands a second while a model trains.
        yield from expect(rule, "bucketKeyEnabled", is_true, "one call of KMS serves many objects", root=path)


RULE = ResourceRule(
    id="s3-bucket-cmk",
    title="A bucket is encrypted by a customer's key.",
    why="Under S3's own key whoever may read the bucket reads it; a key is a second door, with a log.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "SC-13"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
        Framework.MITRE_ATLAS: ("AML.M0012",),
    },
    remedy="set sseAlgorithm aws:kms, kmsMasterKeyId and bucketKeyEnabled",
    kinds=(AWS_ENCRYPTION,),
    check=_check,
)
