"""A vault that can be emptied is none."""

from collections.abc import Iterator

from policies.judged import Judged, mapping

VAULT = "aifactory:vault:VaultBucket"
OWN_BUCKET = "aifactory:object_store:Bucket"
AWS_BUCKET = "aws:s3/bucket:Bucket"
AWS_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"


def faults(judged: Judged) -> Iterator[str]:
    """What lets a vault's objects be lost."""
    if judged.kind == VAULT and judged.props.get("object_lock") is not True:
        yield "object_lock is not true: a vault bucket has Object Lock from its creation"
    if VAULT not in judged.within:
        return
    if judged.kind in (OWN_BUCKET, AWS_BUCKET):
        key = "objectLock" if judged.kind == OWN_BUCKET else "objectLockEnabled"
        if judged.props.get(key) is not True:
            yield f"{key} is not true: a vault bucket has Object Lock from its creation; set it"
        if not judged.protected:
            yield "the bucket is not protected: declare it with protect=True"
    if judged.kind == OWN_BUCKET and not judged.props.get("defaultRetentionDays"):
        yield "defaultRetentionDays is 0: an object put without a date would have none; set 1 or more"
    if judged.kind == AWS_LOCK:
        mode = mapping(mapping(judged.props.get("rule")).get("defaultRetention")).get("mode")
        if mode != "COMPLIANCE":
            yield f"rule.defaultRetention.mode is {mode}: an administrator can lift it; set COMPLIANCE"
