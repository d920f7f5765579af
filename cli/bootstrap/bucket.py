"""The bucket that keeps the state: versioned, under Object Lock, encrypted, private, and by TLS alone."""

import json
from collections.abc import Mapping
from typing import Protocol, cast

from botocore.exceptions import ClientError

from cli.bootstrap.changeset import Changeset, client
from cli.bootstrap.settings import Account
from components.aws_errors import code
from components.errors import FactoryError
from components.vault.spec import encrypted_transport_only

Answer = Mapping[str, object]
# What S3 answers where a bucket has no such configuration.
ABSENT = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
OWNED = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


class _S3(Protocol):
    def head_bucket(self, *, Bucket: str) -> Answer: ...
    def create_bucket(self, **arguments: object) -> Answer: ...
    def get_public_access_block(self, *, Bucket: str) -> Answer: ...
    def put_public_access_block(self, *, Bucket: str, PublicAccessBlockConfiguration: Answer) -> Answer: ...
    def get_bucket_ownership_controls(self, *, Bucket: str) -> Answer: ...
    def put_bucket_ownership_controls(self, *, Bucket: str, OwnershipControls: Answer) -> Answer: ...
    def get_bucket_versioning(self, *, Bucket: str) -> Answer: ...
    def put_bucket_versioning(self, *, Bucket: str, VersioningConfiguration: Answer) -> Answer: ...
    def get_object_lock_configuration(self, *, Bucket: str) -> Answer: ...
    def put_object_lock_configuration(self, *, Bucket: str, ObjectLockConfiguration: Answer) -> Answer: ...
    def get_bucket_encryption(self, *, Bucket: str) -> Answer: ...
    def put_bucket_encryption(self, *, Bucket: str, ServerSideEncryptionConfiguration: Answer) -> Answer: ...
    def get_bucket_policy(self, *, Bucket: str) -> Answer: ...
    def put_bucket_policy(self, *, Bucket: str, Policy: str) -> Answer: ...


def ensure(account: Account, key: str, changeset: Changeset) -> None:
    """Makes it, or brings the one that exists to what it should be. Raises FactoryError for a name that is another account's."""
    s3, name = cast("_S3", client(account, "s3")), account.bucket
    if not _exists(s3, account):
        changeset.change(
            f"make the bucket {name} in {account.region}, with Object Lock", lambda: _make(s3, account), None
        )
        if changeset.dry:
            changeset.changes.append(
                f"make {name} private, versioned, encrypted by the key, {account.retention_days} days under lock"
            )
            return
    # Private before anything lies in it.
    if _asked(lambda: s3.get_public_access_block(Bucket=name)).get("PublicAccessBlockConfiguration") != PRIVATE:
        changeset.change(
            f"make {name} private",
            lambda: s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=PRIVATE),
            {},
        )
    if _asked(lambda: s3.get_bucket_ownership_controls(Bucket=name)).get("OwnershipControls") != OWNED:
        changeset.change(
            f"give {name} one owner", lambda: s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=OWNED), {}
        )
    if s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled":
        changeset.change(
            f"keep versions in {name}",
            lambda: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"}),
            {},
        )
    retention = {"Mode": "COMPLIANCE", "Days": account.retention_days}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
    if _retention(_asked(lambda: s3.get_object_lock_configuration(Bucket=name))) != retention:
        changeset.change(
            f"keep each version in {name} for {account.retention_days} days under COMPLIANCE lock",
            lambda: s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock),
            {},
        )
    if _encryption(_asked(lambda: s3.get_bucket_encryption(Bucket=name))) != key:
        by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": by_key, "BucketKeyEnabled": True}]}
        changeset.change(
            f"encrypt {name} by the key",
            lambda: s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules),
            {},
        )
    partition = key.split(":")[1] if key.startswith("arn:") else "aws"
    policy = encrypted_transport_only(f"arn:{partition}:s3:::{name}")
    found = str(_asked(lambda: s3.get_bucket_policy(Bucket=name)).get("Policy") or "{}")
    if json.loads(found) != json.loads(policy):
        changeset.change(
            f"let {name} be reached by TLS alone", lambda: s3.put_bucket_policy(Bucket=name, Policy=policy), {}
        )


def _make(s3: _S3, account: Account) -> None:
    # us-east-1 is the one region that must not be named (S3 API, CreateBucket).
    place = {} if account.region == "us-east-1" else {"LocationConstraint": account.region}
    more = {"CreateBucketConfiguration": place} if place else {}
    s3.create_bucket(Bucket=account.bucket, ObjectLockEnabledForBucket=True, **more)


def _exists(s3: _S3, account: Account) -> bool:
    try:
        s3.head_bucket(Bucket=account.bucket)
    except ClientError as error:
        if code(error) in ABSENT:
            return False
        if code(error) in ("403", "301"):
            raise FactoryError(
                f"{account.name}.bucket = {account.bucket!r}: the name is taken by another account or region, or this profile may "
                "not see it; names are the whole world's: choose another"
            ) from error
        raise
    return True


def _asked(ask: "Ask") -> Answer:
    try:
        return ask()
    except ClientError as error:
        if code(error) in ABSENT:
            return {}
        raise


class Ask(Protocol):
    """One question about a bucket."""

    def __call__(self) -> Answer: ...


def _retention(answer: Answer) -> Answer:
    """Mode and days that each version keeps by default; a retention of years is none of ours."""
    lock = cast("Mapping[str, Mapping[str, Mapping[str, object]]]", answer.get("ObjectLockConfiguration") or {})
    found = lock.get("Rule", {}).get("DefaultRetention", {})
    # Absent and 0 say the same.
    return {key: value for key, value in found.items() if value}


def _encryption(answer: Answer) -> str:
    """The key that objects are encrypted by, where it is one of KMS."""
    rules = cast(
        "Mapping[str, list[Mapping[str, Mapping[str, str]]]]", answer.get("ServerSideEncryptionConfiguration") or {}
    )
    for rule in rules.get("Rules", []):
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if default.get("SSEAlgorithm") == "aws:kms":
            return default.get("KMSMasterKeyID", "")
    return ""
