"""Access to buckets is logged."""

from policies.frameworks import Framework
from policies.resource import Stack
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Violation
from policies.types import AWS_BUCKETS, AWS_LOGGING


def _check(stack: Stack, config: Config) -> Findings:
    buckets = list(stack.of(*AWS_BUCKETS))
    if len(buckets) > len(list(stack.of(AWS_LOGGING))):
        yield Violation("BucketLogging", MISSING, "reads and writes of objects are logged", urn=buckets[0].urn)


RULE = StackRule(
    id="s3-bucket-access-logged",
    title="Access to buckets is logged.",
    why="After a leak the question is which objects were read: without a log the answer is all of them.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AU-2", "AU-12"),
        Framework.PCI_DSS: ("10.2.1", "10.3.1"),
        Framework.SOC_2: ("CC7.2",),
        Framework.ISO_27001: ("A.8.15",),
        Framework.EU_AI_ACT: ("12(1)",),
    },
    remedy="declare BucketLogging, or data events of CloudTrail",
    advisory_because="data events of CloudTrail are the account's, not a factory's",
    check=_check,
)
