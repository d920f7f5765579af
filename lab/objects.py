"""The stores, read from the machine."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, Protocol, Self, TypedDict, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from lab.home import Home, Identity
from lab.services import stores


class _Body(Protocol):
    def read(self) -> bytes: ...


class _Object(TypedDict):
    Body: _Body
    ObjectLockRetainUntilDate: NotRequired[datetime]


class _Listed(TypedDict):
    Key: str


class _Page(TypedDict, total=False):
    Contents: list[_Listed]


class _S3(Protocol):
    def get_object(self, *, Bucket: str, Key: str) -> _Object: ...
    def list_objects_v2(self, *, Bucket: str, Prefix: str, StartAfter: str) -> _Page: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An object as its store gives it back."""

    sha256: str
    locked_until: datetime | None


class Objects:
    """The bucket of one store."""

    def __init__(self, bucket: str, endpoint: str, s3: object) -> None:
        """`s3`: a client of boto3 for the store at `endpoint`."""
        self.bucket = bucket
        self.endpoint = endpoint
        self._s3 = cast("_S3", s3)

    @classmethod
    def of_lab(cls, home: Home, identity: Identity, store: str) -> Self:
        """A store of the lab, which names each bucket like its store."""
        endpoint = stores.endpoint(identity, store)
        s3 = boto3.client(
            "s3",
            stores.REGION,
            endpoint_url=endpoint,
            aws_access_key_id=home.secret(f"{store}-user", 10),
            aws_secret_access_key=home.secret(f"{store}-password"),
            config=Config(connect_timeout=2, read_timeout=30, retries={"max_attempts": 2}),
        )
        return cls(store, endpoint, s3)

    def document(self, path: str) -> dict[str, object] | None:
        """The JSON at `path`; None where nothing stands there."""
        try:
            content = self._s3.get_object(Bucket=self.bucket, Key=path)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket"):
                return None
            raise
        return cast("dict[str, object]", json.loads(content))

    def read_back(self, path: str) -> Kept:
        """Digest and lock of what stands at `path`."""
        found = self._s3.get_object(Bucket=self.bucket, Key=path)
        content = found["Body"].read()
        return Kept(sha256=hashlib.sha256(content).hexdigest(), locked_until=found.get("ObjectLockRetainUntilDate"))

    def listed(self, prefix: str) -> Iterator[str]:
        """Every path below `prefix`, in order."""
        last = ""
        while page := self._s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix, StartAfter=last).get("Contents", []):
            for item in page:
                last = item["Key"]
                yield last
