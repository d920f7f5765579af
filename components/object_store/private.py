"""What keeps a bucket of AWS from everyone else, and from growing without end, whatever the bucket is for."""

from collections.abc import Callable, Sequence

import pulumi
from pulumi_aws import kms, s3

# KMS API, ScheduleKeyDeletion: 7 to 30 days. What a key encrypted is lost with it, so the longest time to notice.
DELETION_DAYS = 30
# KMS developer guide, "Rotating KMS keys": 90 to 2560 days, and 365 where nothing is said.
ROTATION_DAYS = 365
# Parts of an upload that never ended are billed and listed nowhere.
ABORT_DAYS = 7


def make_key(name: str, purpose: str, policy: Callable[[str], str], opts: pulumi.ResourceOptions) -> kms.Key:
    """A key of the bucket's own, which rotates: the policy of S3's own key cannot be changed, so no other account could
    read what it encrypts. `policy` makes the key's policy from its ARN.
    """
    key = kms.Key(
        f"{name}-key",
        description=purpose,
        enable_key_rotation=True,
        rotation_period_in_days=ROTATION_DAYS,
        deletion_window_in_days=DELETION_DAYS,
        opts=opts,
    )
    # Apart, because the account and the region that it names are read from the key's ARN and asked of nobody.
    kms.KeyPolicy(f"{name}-key-policy", key_id=key.id, policy=key.arn.apply(policy), opts=opts)
    return key


def make_private(
    name: str, bucket: s3.Bucket, key: kms.Key, policy: Callable[[str, str], str], opts: pulumi.ResourceOptions
) -> None:
    """Encrypts a bucket by `key`, gives all of it to its owner, blocks all public access to it, and puts the policy
    that `policy` makes from its ARN and its key's.
    """
    s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.id,
        rules=[
            s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=(
                    s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms", kms_master_key_id=key.arn
                    )
                ),
                # One key of a bucket and not one call of KMS for each object: a hundredth of its price and of its load.
                bucket_key_enabled=True,
            )
        ],
        opts=opts,
    )
    # What another account puts belongs to the bucket's owner, and no ACL says otherwise.
    s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.id,
        rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=opts,
    )
    block = s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    # S3 refuses a policy that is put while the block is.
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[block]))
    arns = pulumi.Output.all(bucket.arn, key.arn)
    s3.BucketPolicy(f"{name}-policy", bucket=bucket.id, policy=arns.apply(lambda both: policy(*both)), opts=after)


def make_versioned(name: str, bucket: s3.Bucket, opts: pulumi.ResourceOptions) -> s3.BucketVersioning:
    """Keeps every version of each object."""
    return s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.id,
        versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=opts,
    )


def make_lifecycle(
    name: str,
    bucket: s3.Bucket,
    versioning: s3.BucketVersioning,
    more: Sequence[s3.BucketLifecycleConfigurationRuleArgs],
    opts: pulumi.ResourceOptions,
) -> None:
    """Removes what uploads that never ended left, and what `more` says."""
    s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.id,
        rules=[
            s3.BucketLifecycleConfigurationRuleArgs(
                id="aborted-uploads",
                status="Enabled",
                filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                abort_incomplete_multipart_upload=(
                    s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=ABORT_DAYS
                    )
                ),
            ),
            *more,
        ],
        # A rule on noncurrent versions means something else, or nothing, before versions are kept.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[versioning])),
    )
