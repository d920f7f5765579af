"""Uploads that were broken off are removed."""

from policies.expect import each
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import AWS_LIFECYCLE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    rules = each(props, "rules")
    if any(rule is UNKNOWN for _, rule in rules):
        yield Undecided("rules")
    elif not any(at(rule, "abortIncompleteMultipartUpload") is not None for _, rule in rules):
        yield Violation("rules, abortIncompleteMultipartUpload", MISSING, "parts of broken uploads are removed")


RULE = ResourceRule(
    id="s3-bucket-uploads-end",
    title="Uploads that were broken off are removed.",
    why="Parts of checkpoints that never ended are billed and seen in no listing.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("SI-12",),
        Framework.PCI_DSS: ("3.2.1",),
        Framework.SOC_2: ("C1.2",),
        Framework.ISO_27001: ("A.8.10",),
    },
    remedy="add abortIncompleteMultipartUpload",
    kinds=(AWS_LIFECYCLE,),
    check=_check,
)
