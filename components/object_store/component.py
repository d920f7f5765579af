"""The bucket of stages, models and contracts."""

import pulumi
from pulumi_aws import s3

from components.object_store.args import ObjectStoreArgs
from components.object_store.private import make_private
from components.object_store.resources import Bucket, declare_accounts
from components.object_store.roles import OBJECTS_ROLES
from components.object_store.spec import ObjectStoreSpec


class ObjectStore(pulumi.ComponentResource):
    """A private, versioned bucket: AWS's with its controls, or one on any S3-compatible store, there with
    accounts for pods.

    Raises SpecError for a name or an endpoint that cannot be.
    """

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: ObjectStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = ObjectStoreSpec.parse(args)
        super().__init__(
            "aifactory:object_store:ObjectStore", name, {**args, "accounts": sorted(args.get("accounts", ()))}, opts
        )
        self.bucket = self._aws(name, spec) if spec.on_aws else self._compatible(name, spec)
        declare_accounts(
            self,
            name,
            OBJECTS_ROLES,
            args.get("accounts", {}),
            bucket=spec.bucket,
            endpoint=spec.endpoint,
            profile=spec.profile,
        )
        self.register_outputs({"bucket": self.bucket})

    def _aws(self, name: str, spec: ObjectStoreSpec) -> pulumi.Output[str]:
        bucket = s3.Bucket(f"{name}-bucket", bucket=spec.bucket, opts=pulumi.ResourceOptions(parent=self))
        s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.id,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        make_private(name, bucket, pulumi.ResourceOptions(parent=self))
        return bucket.bucket

    def _compatible(self, name: str, spec: ObjectStoreSpec) -> pulumi.Output[str]:
        return Bucket(
            f"{name}-bucket",
            bucket=spec.bucket,
            endpoint=spec.endpoint,
            profile=spec.profile,
            opts=pulumi.ResourceOptions(parent=self),
        ).bucket
