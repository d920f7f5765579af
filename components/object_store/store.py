"""The calls to a store that buckets and objects are made of, and what went wrong in the user's words."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from components import aws_errors
from components.errors import FactoryError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A signature whose time differs by more is refused, by S3 and by MinIO.
SKEW = timedelta(minutes=15)
ANY_REGION = "us-east-1"
"""Of a store outside AWS where nobody named one."""

Values = dict[str, object]
"""Properties of a resource, as they go over the wire."""


class StoreError(FactoryError):
    """An error that its reader can remedy, in one line."""


def text(values: Mapping[str, object], key: str) -> str:
    """A property that is text; "" where it is absent."""
    return str(values.get(key) or "")


def number(values: Mapping[str, object], key: str) -> int:
    """A property that is a whole number; the wire has floats alone."""
    value = values.get(key)
    return int(value) if isinstance(value, int | float) else 0


def session_of(profile: str) -> boto3.Session:
    """The user's profile, or the environment's account where "". Raises StoreError where the profile is unknown."""
    try:
        return boto3.Session(profile_name=profile or None)
    except ProfileNotFound as error:
        raise StoreError(
            f"profile = {profile!r}: no such AWS profile; name it in the files that AWS_CONFIG_FILE and "
            "AWS_SHARED_CREDENTIALS_FILE point to"
        ) from error


def region_of(profile: str) -> str:
    """The region that a profile names; stores outside AWS take any where it names none. Raises StoreError as `session_of`."""
    return session_of(profile).region_name or ANY_REGION


def s3_of(endpoint: str, profile: str) -> "S3Client":
    """A client of a store. Raises StoreError where the profile is unknown."""
    # Path style: a store on an address has no subdomain for each bucket. Short patience: a refresh ends where a store is down.
    config = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"max_attempts": 3, "mode": "standard"},
        s3={"addressing_style": "path"} if endpoint else None,
    )
    # A profile that names no region must not fail for it.
    region = ANY_REGION if endpoint else None
    return cast("S3Client", session_of(profile).client("s3", region, endpoint_url=endpoint or None, config=config))


def code_of(error: ClientError) -> str:
    """S3's code of an error. `head_bucket` has no body, hence `404` for NoSuchBucket there."""
    return aws_errors.code(error)


@contextmanager
def translate_errors(bucket: str, endpoint: str, profile: str) -> Generator[None]:
    """Turns what boto3 raises into a StoreError that names the bucket, the store and the profile."""
    where = f"bucket {bucket!r} at {endpoint or 'AWS'} (profile {profile or 'of the environment'})"
    try:
        yield
    except ClientError as error:
        reason = f"{code_of(error)}: {aws_errors.message(error)}{_skew(error)}"
        raise StoreError(f"{where}: {error.operation_name} was refused: {reason}") from error
    except BotoCoreError as error:
        raise StoreError(f"{where}: the store did not answer: {str(error).splitlines()[0]}") from error


def _skew(error: ClientError) -> str:
    """The cause where it is the clock, which a refused HEAD does not name; "" else."""
    message = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    ahead = datetime.now(UTC) - parsedate_to_datetime(message) if message else timedelta()
    if abs(ahead) < SKEW:
        return ""
    direction = "ahead of" if ahead > timedelta() else "behind"
    return f"; this machine's clock is {abs(ahead) // timedelta(minutes=1)} minutes {direction} the store's: set it"
