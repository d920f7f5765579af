"""Buckets that nobody else reaches."""

from policies.expect import expect, is_true, statements
from policies.frameworks import Framework
from policies.narrowing import is_narrowed, values_of
from policies.resource import UNKNOWN, PolicyResource, Values, mapping, sequence, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation

FOR_SOME = "a statement that allows names who may"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
BUCKET = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
ACL = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2", *BUCKET)
POLICY = (
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/accessPoint:AccessPoint",
    "aws:s3control/accessPointPolicy:AccessPointPolicy",
    "aifactory:object_store:Bucket",
    *BUCKET,
)
# Groups of S3's to which everyone belongs, or everyone with any account of AWS.
EVERYONE = ("/global/AllUsers", "/global/AuthenticatedUsers")


def check(resource: PolicyResource, config: Config) -> Findings:
    """What opens a bucket to everyone."""
    if resource.kind == BLOCK:
        for key in BLOCKS:
            yield from expect(resource.props, key, is_true, "a bucket cannot be opened to the public", "set it")
    if resource.kind in ACL:
        yield from _acl(resource.props)
    if resource.kind in POLICY:
        if resource.props.get("policy") is UNKNOWN:
            yield Undecided("policy")
        yield from _statements(resource.props.get("policy"))


def _acl(props: Values) -> Findings:
    acl = text(props.get("acl"))
    if acl.startswith("public-") or acl == "authenticated-read":
        yield Violation("acl", acl, "no list lets everyone read the bucket", "leave it out")
    grants = [*sequence(props.get("grants")), *sequence(mapping(props.get("accessControlPolicy")).get("grants"))]
    for grant in map(mapping, grants):
        group = text(grant.get("uri")) or text(mapping(grant.get("grantee")).get("uri"))
        if group.endswith(EVERYONE):
            yield Violation("grants", group.rpartition("/")[2], "a grant names an account")


def _statements(policy: object) -> Findings:
    for statement in statements(policy):
        name = text(statement.get("Sid")) or "without a Sid"
        if statement.get("Effect") != "Allow" or is_narrowed(statement.get("Condition")):
            continue
        if "NotPrincipal" in statement:
            yield Violation(f"policy statement {name}", "for everyone but some", FOR_SOME)
        elif _is_everyone(statement.get("Principal")):
            kept = ", for no condition of it narrows whom" if statement.get("Condition") else ""
            yield Violation(f"policy statement {name}", f"for everyone{kept}", FOR_SOME)


def _is_everyone(principal: object) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    parts = mapping(principal)
    return any("*" in values_of(parts, kind) for kind in parts)


RULE = ResourceRule(
    id="storage-no-public-bucket",
    title="No bucket is open to the public.",
    why="Data of a factory is for its own accounts; what was public once was copied.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-4", "SC-7"),
        Framework.PCI_DSS: ("1.3.1", "7.2.1"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.3",),
    },
    remedy="name the accounts that may",
    kinds=tuple(dict.fromkeys((BLOCK, *ACL, *POLICY))),
    check=check,
)
