"""Every bucket has a public access block."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Violation
from policies.types import AWS_BUCKETS

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


def _check(stack: Stack, config: Config) -> Findings:
    buckets = list(stack.of(*AWS_BUCKETS))
    if len(buckets) > len(list(stack.of(BLOCK))):
        yield Violation("BucketPublicAccessBlock", MISSING, "each bucket has one", urn=buckets[0].urn)


RULE = StackRule(
    id="s3-bucket-blocked",
    title="Every bucket has a public access block.",
    why="A policy or a list that opens it is then refused, whoever writes it.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-4", "SC-7"),
        Framework.PCI_DSS: ("1.3.1", "7.2.1"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.3",),
    },
    remedy="declare a BucketPublicAccessBlock",
    check=_check,
)
