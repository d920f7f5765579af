"""A bucket that keeps what must not be lost."""

import pulumi
from pulumi_aws import s3

from components.object_store.policies import ENCRYPT, key_policy, vault_policy
from components.object_store.private import make_key, make_lifecycle, make_private, make_versioned
from components.object_store.resources import Bucket, declare_accounts
from components.object_store.roles import VAULT_ROLES
from components.vault.args import VaultBucketArgs
from components.vault.spec import VaultBucketSpec


class VaultBucket(pulumi.ComponentResource):
    """A versioned bucket under Object Lock from its creation, protected and retained, never force-destroyed.

    `pulumi destroy` refuses it, and the bucket outlives a state that forgets it; declared again under its fixed name,
    it is adopted. On AWS it is in the account and the region of the component's own provider
    (`pulumi.ResourceOptions(provider=...)`), and so is its key. Raises SpecError for a name, an endpoint, a retention
    or writers that cannot be.
    """

    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    """ARN of the key that its objects are encrypted by on AWS; "" on another store."""

    def __init__(self, name: str, args: VaultBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = VaultBucketSpec.parse(args)
        super().__init__(
            "aifactory:vault:VaultBucket",
            name,
            {**args, "accounts": sorted(args.get("accounts", ())), "object_lock": True},
            opts,
        )
        self.bucket, self.key_arn = self._aws(name, spec) if spec.on_aws else self._compatible(name, spec)
        declare_accounts(
            self,
            name,
            VAULT_ROLES,
            args.get("accounts", {}),
            bucket=spec.bucket,
            endpoint=spec.endpoint,
            profile=spec.profile,
        )
        self.register_outputs({"bucket": self.bucket, "key_arn": self.key_arn})

    def _kept(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)

    def _aws(self, name: str, spec: VaultBucketSpec) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        key = make_key(
            name,
            f"Copies in {spec.bucket}",
            lambda arn: key_policy(arn, spec.writer_arns, ENCRYPT, lustre=False),
            self._kept(),
        )
        bucket = s3.Bucket(f"{name}-bucket", bucket=spec.bucket, object_lock_enabled=True, opts=self._kept())
        versioning = make_versioned(name, bucket, self._kept())
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
        make_private(
            name, bucket, key, lambda arn, key_arn: vault_policy(arn, key_arn, spec.writers, VAULT_ROLES), self._kept()
        )
        # No version expires here: what removes one is its owner, after its date.
        make_lifecycle(name, bucket, versioning, [], self._kept())
        return bucket.bucket, key.arn

    def _compatible(self, name: str, spec: VaultBucketSpec) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Other stores lack public access blocks and ownership controls: a bucket there is private by having no policy."""
        bucket = Bucket(
            f"{name}-bucket",
            bucket=spec.bucket,
            endpoint=spec.endpoint,
            profile=spec.profile,
            object_lock=True,
            versioning=True,
            default_retention_days=spec.retention_days,
            opts=self._kept(),
        )
        return bucket.bucket, pulumi.Output.from_input("")
