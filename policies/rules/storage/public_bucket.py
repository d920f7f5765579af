"""Data of a factory is for its own accounts."""

import json
from collections.abc import Iterator
from typing import cast

from policies.resource import PolicyResource, Values, differs, mapping, sequence, text
from policies.rules.storage.narrowing import is_narrowed, values_of

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


def violations(resource: PolicyResource) -> Iterator[str]:
    """What opens a bucket to everyone."""
    if resource.kind == BLOCK:
        for key in BLOCKS:
            if differs(resource.props.get(key), True):
                yield f"{key} is not true: the bucket may be opened to the public; set it"
    if resource.kind in ACL:
        yield from _acl(resource.props)
    if resource.kind in POLICY:
        yield from _statements(resource.props.get("policy"))


def _acl(props: Values) -> Iterator[str]:
    acl = text(props.get("acl"))
    if acl.startswith("public-") or acl == "authenticated-read":
        yield f"acl is {acl}: everyone may read the bucket; leave it out"
    grants = [*sequence(props.get("grants")), *sequence(mapping(props.get("accessControlPolicy")).get("grants"))]
    for grant in map(mapping, grants):
        group = text(grant.get("uri")) or text(mapping(grant.get("grantee")).get("uri"))
        if group.endswith(EVERYONE):
            yield f"a grant is for {group.rpartition('/')[2]}: name the accounts that may"


def _statements(policy: object) -> Iterator[str]:
    if isinstance(policy, str):
        try:
            policy = cast("object", json.loads(policy)) if policy else {}
        except ValueError:
            # No JSON: the store refuses it itself.
            return
    for statement in map(mapping, values_of(mapping(policy), "Statement")):
        name = text(statement.get("Sid")) or "without a Sid"
        if statement.get("Effect") != "Allow" or is_narrowed(statement.get("Condition")):
            continue
        if "NotPrincipal" in statement:
            yield f"policy statement {name} allows everyone but some: name the accounts that may"
        elif _is_everyone(statement.get("Principal")):
            kept = ", for no condition of it narrows whom" if statement.get("Condition") else ""
            yield f"policy statement {name} allows everyone{kept}: name the accounts that may"


def _is_everyone(principal: object) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    parts = mapping(principal)
    return any("*" in values_of(parts, kind) for kind in parts)
