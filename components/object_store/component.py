"""The bucket of stages, models and contracts."""

import pulumi
from pulumi_aws import s3

from components.object_store.args import ObjectStoreArgs
from components.object_store.policies import DECRYPT, key_policy, objects_policy
from components.object_store.private import make_key, make_lifecycle, make_private, make_versioned
from components.object_store.resources import Bucket, declare_accounts
from components.object_store.roles import OBJECTS_ROLES
from components.object_store.spec import ObjectStoreSpec


class ObjectStore(pulumi.ComponentResource):
    """A private, versioned bucket: AWS's with its controls and a key of its own, or one on any S3-compatible store,
    there with accounts for pods.

    Raises SpecError for a name, an endpoint, readers or days that cannot be.
    """

    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    """ARN of the key that its objects are encrypted by on AWS; "" on another store."""

    def __init__(self, name: str, args: ObjectStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = ObjectStoreSpec.parse(args)
        super().__init__(
            "aifactory:object_store:ObjectStore", name, {**args, "accounts": sorted(args.get("accounts", ()))}, opts
        )
        self.bucket, self.key_arn = self._aws(name, spec) if spec.on_aws else self._compatible(name, spec)
        declare_accounts(
            self,
            name,
            OBJECTS_ROLES,
            args.get("accounts", {}),
            bucket=spec.bucket,
            endpoint=spec.endpoint,
            profile=spec.profile,
        )
        self.register_outputs({"bucket": self.bucket, "key_arn": self.key_arn})

    def _aws(self, name: str, spec: ObjectStoreSpec) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        kept = pulumi.ResourceOptions(parent=self, protect=spec.protect)
        child = pulumi.ResourceOptions(parent=self)
        key = make_key(
            name,
            f"Objects of {spec.bucket}",
            lambda arn: key_policy(arn, spec.readers, DECRYPT, lustre=True),
            kept,
        )
        bucket = s3.Bucket(f"{name}-bucket", bucket=spec.bucket, opts=kept)
        versioning = make_versioned(name, bucket, child)
        make_private(name, bucket, key, lambda arn, key_arn: objects_policy(arn, key_arn, spec.readers), child)
        noncurrent = s3.BucketLifecycleConfigurationRuleArgs(
            id="noncurrent-versions",
            status="Enabled",
            filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=spec.noncurrent_days
            ),
            # A marker whose last version has gone hides nothing, and slows every list.
            expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
        )
        make_lifecycle(name, bucket, versioning, [noncurrent], child)
        return bucket.bucket, key.arn

    def _compatible(self, name: str, spec: ObjectStoreSpec) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        bucket = Bucket(
            f"{name}-bucket",
            bucket=spec.bucket,
            endpoint=spec.endpoint,
            profile=spec.profile,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return bucket.bucket, pulumi.Output.from_input("")
