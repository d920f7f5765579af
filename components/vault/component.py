"""A bucket that keeps what must not be lost."""

import pulumi
from pulumi_aws import s3

from components.object_store.private import make_private
from components.object_store.resources import Bucket, declare_accounts
from components.object_store.roles import VAULT_ROLES
from components.vault.args import VaultBucketArgs
from components.vault.spec import VaultBucketSpec, encrypted_transport_only


class VaultBucket(pulumi.ComponentResource):
    """A versioned bucket under Object Lock from its creation, protected and retained, never force-destroyed.

    `pulumi destroy` refuses it, and the bucket outlives a state that forgets it; declared again under its fixed name, it is
    adopted. Raises SpecError for a name, an endpoint or a retention that cannot be.
    """

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: VaultBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = VaultBucketSpec.parse(args)
        super().__init__(
            "aifactory:vault:VaultBucket",
            name,
            {**args, "accounts": sorted(args.get("accounts", ())), "object_lock": True},
            opts,
        )
        self.bucket = self._aws(name, spec) if spec.on_aws else self._compatible(name, spec)
        declare_accounts(
            self,
            name,
            VAULT_ROLES,
            args.get("accounts", {}),
            bucket=spec.bucket,
            endpoint=spec.endpoint,
            profile=spec.profile,
        )
        self.register_outputs({"bucket": self.bucket})

    def _kept(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)

    def _aws(self, name: str, spec: VaultBucketSpec) -> pulumi.Output[str]:
        bucket = s3.Bucket(f"{name}-bucket", bucket=spec.bucket, object_lock_enabled=True, opts=self._kept())
        versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.id,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._kept(),
        )
        lock = self._kept()
        lock.depends_on = [versioning]
        s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=bucket.id,
            rule=s3.BucketObjectLockConfigurationRuleArgs(
                default_retention=s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                    mode="COMPLIANCE", days=spec.retention_days
                )
            ),
            opts=lock,
        )
        private = make_private(name, bucket, self._kept())
        policy = self._kept()
        policy.depends_on = [private]
        s3.BucketPolicy(
            f"{name}-policy", bucket=bucket.id, policy=bucket.arn.apply(encrypted_transport_only), opts=policy
        )
        return bucket.bucket

    def _compatible(self, name: str, spec: VaultBucketSpec) -> pulumi.Output[str]:
        """Other stores lack public access blocks and ownership controls: a bucket there is private by having no policy."""
        return Bucket(
            f"{name}-bucket",
            bucket=spec.bucket,
            endpoint=spec.endpoint,
            profile=spec.profile,
            object_lock=True,
            versioning=True,
            default_retention_days=spec.retention_days,
            opts=self._kept(),
        ).bucket
