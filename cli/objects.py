"""The stores, read from the machine."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from components.aws_errors import code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An object as its store gives it back."""

    sha256: str
    locked_until: datetime | None


class Objects:
    """The bucket of one store."""

    def __init__(self, bucket: str, endpoint: str, s3: "S3Client") -> None:
        self.bucket = bucket
        self.endpoint = endpoint
        self._s3 = s3

    def document(self, path: str) -> dict[str, object] | None:
        """The JSON at `path`; None where nothing exists there."""
        try:
            content = self._s3.get_object(Bucket=self.bucket, Key=path)["Body"].read()
        except ClientError as error:
            if code(error) in ("NoSuchKey", "NoSuchBucket"):
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
                last = item.get("Key", "")
                yield last
