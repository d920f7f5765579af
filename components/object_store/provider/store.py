"""The calls to a store that buckets and objects are made of, and what went wrong in the user's words."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol, TypedDict, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from components import aws_errors

# A signature whose time differs by more is refused, by S3 and by MinIO.
SKEW = timedelta(minutes=15)

Values = dict[str, object]
"""Properties of a resource, as they go over the wire."""


class StoreFault(Exception):
    """A fault that its reader can remedy, in one line."""


class _Answer(TypedDict, total=False):
    Status: str
    Policy: str
    KeyCount: int
    ObjectLockConfiguration: Mapping[str, object]
    ServerSideEncryptionConfiguration: Mapping[str, list[Mapping[str, Mapping[str, str]]]]


class _Body(Protocol):
    def read(self) -> bytes: ...


class _Object(TypedDict):
    Body: _Body


class S3(Protocol):
    """The part of boto3's S3 client that is used here."""

    def head_bucket(self, *, Bucket: str) -> object: ...
    def create_bucket(self, *, Bucket: str, ObjectLockEnabledForBucket: bool) -> object: ...
    def delete_bucket(self, *, Bucket: str) -> object: ...
    def list_objects_v2(self, *, Bucket: str, MaxKeys: int) -> _Answer: ...
    def get_bucket_versioning(self, *, Bucket: str) -> _Answer: ...
    def put_bucket_versioning(self, *, Bucket: str, VersioningConfiguration: Mapping[str, str]) -> object: ...
    def get_object_lock_configuration(self, *, Bucket: str) -> _Answer: ...
    def put_object_lock_configuration(
        self, *, Bucket: str, ObjectLockConfiguration: Mapping[str, object]
    ) -> object: ...
    def get_bucket_policy(self, *, Bucket: str) -> _Answer: ...
    def put_bucket_policy(self, *, Bucket: str, Policy: str) -> object: ...
    def delete_bucket_policy(self, *, Bucket: str) -> object: ...
    def get_bucket_encryption(self, *, Bucket: str) -> _Answer: ...
    def put_bucket_encryption(
        self, *, Bucket: str, ServerSideEncryptionConfiguration: Mapping[str, object]
    ) -> object: ...
    def delete_bucket_encryption(self, *, Bucket: str) -> object: ...
    def get_object(self, *, Bucket: str, Key: str) -> _Object: ...
    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> object: ...
    def delete_object(self, *, Bucket: str, Key: str) -> object: ...


def text(values: Mapping[str, object], key: str) -> str:
    """A property that is text; "" where it is absent."""
    return str(values.get(key) or "")


def number(values: Mapping[str, object], key: str) -> int:
    """A property that is a whole number; the wire has floats alone."""
    value = values.get(key)
    return int(value) if isinstance(value, int | float) else 0


def s3_of(endpoint: str, profile: str) -> S3:
    """A client of a store. Raises StoreFault where the profile is unknown."""
    # Path style: a store on an address has no subdomain for each bucket. Short patience: a refresh ends where a store is down.
    config = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"max_attempts": 3, "mode": "standard"},
        s3={"addressing_style": "path"} if endpoint else None,
    )
    try:
        session = boto3.Session(profile_name=profile or None)
        # Stores outside AWS take any region; a profile that names none must not fail for it.
        return cast(
            S3, session.client("s3", "us-east-1" if endpoint else None, endpoint_url=endpoint or None, config=config)
        )
    except ProfileNotFound as error:
        raise StoreFault(
            f"profile = {profile!r}: no such AWS profile; name it in the files that AWS_CONFIG_FILE and "
            "AWS_SHARED_CREDENTIALS_FILE point to"
        ) from error


def code_of(error: ClientError) -> str:
    """S3's code of an error. `head_bucket` has no body, hence `404` for NoSuchBucket there."""
    return aws_errors.code(error)


@contextmanager
def told(bucket: str, endpoint: str, profile: str) -> Generator[None]:
    """Turns what boto3 raises into a StoreFault that names the bucket, the store and the profile."""
    where = f"bucket {bucket!r} at {endpoint or 'AWS'} (profile {profile or 'of the environment'})"
    try:
        yield
    except ClientError as error:
        reason = f"{code_of(error)}: {aws_errors.message(error)}{_skew(error)}"
        raise StoreFault(f"{where}: {error.operation_name} was refused: {reason}") from error
    except BotoCoreError as error:
        raise StoreFault(f"{where}: the store did not answer: {str(error).splitlines()[0]}") from error


def _skew(error: ClientError) -> str:
    """The cause where it is the clock, which a refused HEAD does not name; "" else."""
    said = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    ahead = datetime.now(UTC) - parsedate_to_datetime(said) if said else timedelta()
    if abs(ahead) < SKEW:
        return ""
    direction = "ahead of" if ahead > timedelta() else "behind"
    return f"; this machine's clock is {abs(ahead) // timedelta(minutes=1)} minutes {direction} the store's: set it"
