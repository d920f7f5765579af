"""What keeps a bucket of AWS from everyone else, whatever the bucket is for."""

import pulumi
from pulumi_aws import s3


def make_private(name: str, bucket: s3.Bucket, opts: pulumi.ResourceOptions) -> s3.BucketPublicAccessBlock:
    """Encrypts a bucket by KMS and blocks all public access to it; the block, which a bucket policy comes after."""
    s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.id,
        rules=[
            s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=(
                    s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms"
                    )
                ),
                bucket_key_enabled=True,
            )
        ],
        opts=opts,
    )
    return s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
