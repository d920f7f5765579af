"""One bucket of one store, reached by an AWS profile, so that no endpoint and no secret is known here."""

import hashlib
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TypedDict, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from workloads.stage.app.fault import StageFault

CHUNK = 1 << 20


class _Body(Protocol):
    def iter_chunks(self, chunk_size: int) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class _Object(TypedDict):
    Body: _Body


class _Listed(TypedDict):
    Key: str
    Size: int


class _Page(TypedDict, total=False):
    Contents: list[_Listed]
    NextContinuationToken: str


class _Meta(Protocol):
    @property
    def endpoint_url(self) -> str: ...


class S3(Protocol):
    """The part of boto3's S3 client that stages use."""

    @property
    def meta(self) -> _Meta: ...
    def get_object(self, *, Bucket: str, Key: str) -> _Object: ...
    def put_object(self, *, Bucket: str, Key: str, Body: bytes | BinaryIO, **more: str) -> object: ...
    def list_objects_v2(self, *, Bucket: str, Prefix: str, **more: str) -> _Page: ...


def client(profile: str) -> object:
    """A client of the store behind `profile`. Waits little: a stage that cannot reach its store ends, and is tried again."""
    config = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 5, "mode": "standard"})
    return boto3.Session(profile_name=profile).client("s3", config=config)


def environment(name: str) -> str:
    """An environment variable that a pod's declaration sets. Raises StageFault where it is not."""
    value = os.environ.get(name, "")
    if not value:
        raise StageFault(name, value, "is set in the pod's environment", "declare it in the workload")
    return value


class Store:
    """The objects of one bucket."""

    def __init__(self, profile: str, bucket: str) -> None:
        self._s3 = cast(S3, client(profile))
        self.bucket = bucket
        self.endpoint = self._s3.meta.endpoint_url

    def get(self, path: str) -> bytes | None:
        """The content at `path`, None where nothing stands there."""
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
        if isinstance(content, bytes):
            self._s3.put_object(Bucket=self.bucket, Key=path, Body=content)
            return
        with content.open("rb") as file:
            self._s3.put_object(Bucket=self.bucket, Key=path, Body=file)

    def put_once(self, path: str, content: bytes) -> bool:
        """Puts where nothing stands; False where something does, which stays as it is."""
        try:
            self._s3.put_object(Bucket=self.bucket, Key=path, Body=content, IfNoneMatch="*")
        except ClientError as error:
            if error.response.get("ResponseMetadata", {})["HTTPStatusCode"] == 412:
                return False
            raise
        return True

    def listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Path and size of each object below `prefix`, in order of path."""
        more: Mapping[str, str] = {}
        while True:
            page = self._s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix, **more)
            for item in page.get("Contents", []):
                yield item["Key"], item["Size"]
            token = page.get("NextContinuationToken", "")
            if not token:
                return
            more = {"ContinuationToken": token}

    @contextmanager
    def _open(self, path: str) -> Generator[Iterator[bytes]]:
        body = self._s3.get_object(Bucket=self.bucket, Key=path)["Body"]
        try:
            yield body.iter_chunks(CHUNK)
        finally:
            body.close()


def is_absent(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code", "") in ("404", "NoSuchKey", "NotFound")


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
