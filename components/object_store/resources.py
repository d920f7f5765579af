"""Resources of our own provider (`pulumi_plugin/object_store`): buckets and objects on any S3-compatible store, accounts on MinIO.

The deployer's credentials are no inputs: a profile is named, and read where the provider runs, so that none lands in the state.
"""

from collections.abc import Mapping

import pulumi

from components.object_store.roles import Role, account_name, policy_document

# The default provider of a package has no version of its own; the project's `plugins` say where its plugin lies.
BUCKET = "aifactory:object_store:Bucket"
OBJECT = "aifactory:object_store:Object"
ACCOUNT = "aifactory:object_store:Account"


class Bucket(pulumi.CustomResource):
    """A bucket. It is never emptied: one that holds objects refuses to be deleted.

    An existing bucket is adopted where it has Object Lock as declared, or where it is empty; else its creation is refused.
    """

    bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bucket: pulumi.Input[str],
        endpoint: pulumi.Input[str] = "",
        profile: pulumi.Input[str] = "",
        object_lock: pulumi.Input[bool] = False,
        versioning: pulumi.Input[bool] = True,
        default_retention_days: pulumi.Input[int] = 0,
        policy: pulumi.Input[str] = "",
        encryption: pulumi.Input[str] = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declares it.

        default_retention_days: days under COMPLIANCE for objects put without a date of their own; 0 for none.
        policy: a bucket policy (JSON); "" for none. encryption: `AES256`, or "" for the store's own way.
        """
        super().__init__(
            BUCKET,
            name,
            {
                "bucket": bucket,
                "endpoint": endpoint,
                "profile": profile,
                "objectLock": object_lock,
                "versioning": versioning,
                "defaultRetentionDays": default_retention_days,
                "policy": policy,
                "encryption": encryption,
            },
            opts,
        )


class Object(pulumi.CustomResource):
    """A small text object, such as a contract; its content is in the state, so it is no place for a secret."""

    sha256: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bucket: pulumi.Input[str],
        key: pulumi.Input[str],
        content: pulumi.Input[str],
        endpoint: pulumi.Input[str] = "",
        profile: pulumi.Input[str] = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            OBJECT,
            name,
            {
                "bucket": bucket,
                "key": key,
                "content": content,
                "endpoint": endpoint,
                "profile": profile,
                "sha256": None,
            },
            # Put again under its own name (`--target-replace`), the removal of the old one would be the new one's.
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
        )


class Account(pulumi.CustomResource):
    """A user of a MinIO with one policy of its own. Its secret is encrypted in the state and shown nowhere.

    One of that name that exists is brought to what is declared.
    """

    account: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        account: pulumi.Input[str],
        secret_key: pulumi.Input[str],
        policy: pulumi.Input[str],
        endpoint: pulumi.Input[str],
        profile: pulumi.Input[str] = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declares it. policy: an IAM policy (JSON)."""
        super().__init__(
            ACCOUNT,
            name,
            {
                "account": account,
                "secretKey": pulumi.Output.secret(secret_key),
                "policy": policy,
                "endpoint": endpoint,
                "profile": profile,
            },
            pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    additional_secret_outputs=["secretKey"],
                    # As an object's.
                    delete_before_replace=True,
                ),
            ),
        )


def declare_accounts(
    parent: pulumi.Resource,
    name: str,
    roles: Mapping[str, Role],
    secrets: Mapping[str, pulumi.Input[str]],
    *,
    bucket: str,
    endpoint: str,
    profile: str,
) -> None:
    """Declares under `parent` the account of each role that has a secret."""
    for role, secret in secrets.items():
        Account(
            f"{name}-{role}",
            account=account_name(bucket, role),
            secret_key=secret,
            policy=policy_document(bucket, roles[role]),
            endpoint=endpoint,
            profile=profile,
            opts=pulumi.ResourceOptions(parent=parent),
        )
