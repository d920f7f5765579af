"""A bucket's policy denies plain http."""

from policies.expect import statements
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import AWS_BUCKET_POLICY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for statement in statements(policy):
        secure = at(statement.get("Condition"), "Bool.aws:SecureTransport")
        if statement.get("Effect") == "Deny" and str(secure).lower() == "false":
            return
    yield Violation("policy, Deny of plain http", MISSING, "a bucket is reached by https alone")


RULE = ResourceRule(
    id="s3-bucket-tls",
    title="A bucket's policy denies plain http.",
    why="A client with a wrong endpoint sends data and signed requests in the clear, and S3 answers.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-8", "SC-8(1)"),
        Framework.PCI_DSS: ("4.2.1",),
        Framework.SOC_2: ("CC6.7",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="deny s3:* where aws:SecureTransport is false",
    kinds=(AWS_BUCKET_POLICY,),
    check=_check,
)
