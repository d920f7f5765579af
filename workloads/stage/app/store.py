"""One bucket of one store, reached by an AWS profile, so that no endpoint and no secret is known here."""

import hashlib
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from workloads.stage.app import upload
from workloads.stage.app.error import StageError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 1 << 20


def client(profile: str, endpoint: str | None = None) -> "S3Client":
    """A client of the store behind `profile`, or of the one at `endpoint` with that profile's account.

    Waits little: a stage that cannot reach its store ends, and is tried again.
    """
    config = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 5, "mode": "standard"})
    session = boto3.Session(profile_name=profile)
    return cast("S3Client", session.client("s3", endpoint_url=endpoint, config=config))


def environment(name: str) -> str:
    """An environment variable that a pod's declaration sets. Raises StageError where it is not."""
    value = os.environ.get(name, "")
    if not value:
        raise StageError(name, value, "is set in the pod's environment", "declare it in the workload")
    return value


class Store:
    """The objects of one bucket."""

    def __init__(self, profile: str, bucket: str) -> None:
        self._s3 = client(profile)
        self.bucket = bucket
        self.endpoint = self._s3.meta.endpoint_url

    def get(self, path: str) -> bytes | None:
        """The content at `path`, None where nothing exists there."""
        try:
            with self._open(path) as chunks:
                return b"".join(chunks)
        except ClientError as error:
            if is_absent(error):
                return None
            raise

    def download(self, path: str, to: Path, room: int | None = None) -> str:
        """Writes what is at `path` to a file and returns its sha256; stops after `room` bytes, where given."""
        total, hashed = 0, hashlib.sha256()
        with self._open(path) as chunks, to.open("wb") as file:
            for chunk in chunks:
                hashed.update(chunk)
                file.write(chunk)
                total += len(chunk)
                if room is not None and total > room:
                    break
        return hashed.hexdigest()

    def put(self, path: str, content: bytes | Path) -> None:
        upload.put(self._s3, self.bucket, path, content)

    def put_once(self, path: str, content: bytes) -> bool:
        """Puts where nothing exists; False where something does, which stays as it is."""
        try:
            self._s3.put_object(Bucket=self.bucket, Key=path, Body=content, IfNoneMatch="*")
        except ClientError as error:
            if error_status(error) == 412:
                return False
            raise
        return True

    def listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Path and size of each object below `prefix`, in order of path."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", []):
                yield item.get("Key", ""), item.get("Size", 0)

    def has(self, path: str, version: str) -> bool:
        """Whether that version of an object is in this bucket."""
        return has_version(self._s3, self.bucket, path, version)

    @contextmanager
    def _open(self, path: str) -> Generator[Iterator[bytes]]:
        body = self._s3.get_object(Bucket=self.bucket, Key=path)["Body"]
        try:
            yield body.iter_chunks(CHUNK)
        finally:
            body.close()


def has_version(s3: "S3Client", bucket: str, path: str, version: str) -> bool:
    """Whether a store has that version of an object."""
    try:
        s3.head_object(Bucket=bucket, Key=path, VersionId=version)
    except ClientError as error:
        # A store that did not make the version knows no such account, bucket or version, or calls it malformed.
        if 300 <= error_status(error) < 500:
            return False
        raise
    return True


def error_code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def error_status(error: ClientError) -> int:
    """The HTTP status that the store answered with."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def is_absent(error: ClientError) -> bool:
    return error_code(error) in ("404", "NoSuchKey", "NotFound")


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
