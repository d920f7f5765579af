"""A vault that can be emptied is none."""

from collections.abc import Iterator

from policies.resource import UNKNOWN, PolicyResource, differs, mapping

VAULT = "aifactory:vault:VaultBucket"
OWN_BUCKET = "aifactory:object_store:Bucket"
AWS_BUCKET = "aws:s3/bucket:Bucket"
AWS_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"


def violations(resource: PolicyResource) -> Iterator[str]:
    """What lets a vault's objects be lost."""
    if resource.kind == VAULT and differs(resource.props.get("object_lock"), True):
        yield "object_lock is not true: a vault bucket has Object Lock from its creation"
    if VAULT not in resource.within:
        return
    if resource.kind in (OWN_BUCKET, AWS_BUCKET):
        key = "objectLock" if resource.kind == OWN_BUCKET else "objectLockEnabled"
        if differs(resource.props.get(key), True):
            yield f"{key} is not true: a vault bucket has Object Lock from its creation; set it"
        if not resource.protected:
            yield "the bucket is not protected: declare it with protect=True"
    if resource.kind == OWN_BUCKET and not resource.props.get("defaultRetentionDays"):
        yield "defaultRetentionDays is 0: an object put without a date would have none; set 1 or more"
    if resource.kind == AWS_LOCK:
        mode = mapping(mapping(resource.props.get("rule")).get("defaultRetention")).get("mode")
        if mode is not UNKNOWN and mode != "COMPLIANCE":
            yield f"rule.defaultRetention.mode is {mode}: an administrator can lift it; set COMPLIANCE"
