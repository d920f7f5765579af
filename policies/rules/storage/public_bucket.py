"""Data of a factory is for its own accounts."""

import json
from collections.abc import Iterator
from typing import cast

from policies.judged import Judged, mapping, sequence

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ACL = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucket:Bucket")
POLICY = ("aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucket:Bucket", "aifactory:object_store:Bucket")


def faults(judged: Judged) -> Iterator[str]:
    """What opens a bucket to everyone."""
    if judged.kind == BLOCK:
        for key in BLOCKS:
            if judged.props.get(key) is not True:
                yield f"{key} is not true: the bucket may be opened to the public; set it"
    if judged.kind in ACL:
        acl = str(judged.props.get("acl") or "")
        if acl.startswith("public-") or acl == "authenticated-read":
            yield f"acl is {acl}: everyone may read the bucket; leave it out"
    if judged.kind in POLICY:
        yield from _statements(judged.props.get("policy"))


def _statements(policy: object) -> Iterator[str]:
    if isinstance(policy, str):
        try:
            policy = cast("object", json.loads(policy)) if policy else {}
        except ValueError:
            # Not known before it is made, or no JSON: the store refuses the latter itself.
            return
    found = mapping(policy).get("Statement")
    for statement in map(mapping, sequence(found) or [found]):
        principal = statement.get("Principal")
        named = mapping(principal).get("AWS")
        everyone = principal == "*" or named == "*" or "*" in sequence(named)
        if statement.get("Effect") == "Allow" and everyone and not statement.get("Condition"):
            name = statement.get("Sid") or "without a Sid"
            yield f"policy statement {name} allows everyone: name the accounts that may"
