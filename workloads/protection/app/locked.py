"""A bucket where each object is kept under a date before which nobody, its owner included, can remove it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol, TypedDict, cast

from botocore.exceptions import ClientError

from workloads.stage.app.fault import StageFault
from workloads.stage.app.store import CHUNK, client, environment, is_absent

SHA256 = "sha256"
# An object that stands is locked again where its date is short of the wanted one by more than this.
SLACK = timedelta(days=1)


class _Head(TypedDict, total=False):
    ContentLength: int
    VersionId: str
    Metadata: Mapping[str, str]
    ObjectLockMode: str
    ObjectLockRetainUntilDate: datetime


class _Body(Protocol):
    def iter_chunks(self, chunk_size: int) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class _Object(TypedDict):
    Body: _Body


class _Put(TypedDict, total=False):
    VersionId: str


class _Listed(TypedDict):
    Key: str


class _Page(TypedDict, total=False):
    Contents: list[_Listed]


class _Meta(Protocol):
    @property
    def endpoint_url(self) -> str: ...


class _S3(Protocol):
    @property
    def meta(self) -> _Meta: ...
    def head_object(self, *, Bucket: str, Key: str) -> _Head: ...
    def get_object(self, *, Bucket: str, Key: str, VersionId: str) -> _Object: ...
    def put_object(
        self,
        *,
        Bucket: str,
        Key: str,
        Body: bytes | BinaryIO,
        Metadata: Mapping[str, str],
        ObjectLockMode: str,
        ObjectLockRetainUntilDate: datetime,
    ) -> _Put: ...
    def put_object_retention(
        self, *, Bucket: str, Key: str, VersionId: str, Retention: Mapping[str, object]
    ) -> object: ...
    def list_objects_v2(self, *, Bucket: str, Prefix: str, StartAfter: str) -> _Page: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An object under lock: one version of one path."""

    path: str
    version: str
    until: datetime
    put: bool
    """Whether it was put now; False where it stood already."""


class LockedStore:
    """One bucket with Object Lock."""

    def __init__(self, profile: str, bucket: str) -> None:
        self._s3 = cast(_S3, client(profile))
        self._bucket = bucket
        self.endpoint = self._s3.meta.endpoint_url

    def keep(self, path: str, content: bytes | Path, sha256: str, size: int, until: datetime) -> Kept:
        """Puts an object under lock until a date; what stands with the same bytes is not put again, its date at most moves on."""
        standing = self._standing(path)
        same = standing.get("Metadata", {}).get(SHA256) == sha256 and standing.get("ContentLength") == size
        version, date = standing.get("VersionId"), standing.get("ObjectLockRetainUntilDate")
        if same and version and date and standing.get("ObjectLockMode") == "COMPLIANCE":
            if date + SLACK < until:
                retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
                self._s3.put_object_retention(Bucket=self._bucket, Key=path, VersionId=version, Retention=retention)
                date = until
            return Kept(path=path, version=version, until=date, put=False)
        if isinstance(content, bytes):
            return self._put(path, content, sha256, until)
        with content.open("rb") as file:
            return self._put(path, file, sha256, until)

    def digest(self, kept: Kept) -> str:
        """The sha256 of that version as the store gives it back."""
        body = self._s3.get_object(Bucket=self._bucket, Key=kept.path, VersionId=kept.version)["Body"]
        hashed = hashlib.sha256()
        try:
            for chunk in body.iter_chunks(CHUNK):
                hashed.update(chunk)
        finally:
            body.close()
        return hashed.hexdigest()

    def last(self, prefix: str) -> str:
        """The last path below `prefix` in order; "" where there is none."""
        path = ""
        while page := self._s3.list_objects_v2(Bucket=self._bucket, Prefix=prefix, StartAfter=path).get("Contents", []):
            path = page[-1]["Key"]
        return path

    def _standing(self, path: str) -> _Head:
        try:
            return self._s3.head_object(Bucket=self._bucket, Key=path)
        except ClientError as error:
            if is_absent(error):
                return {}
            raise

    def _put(self, path: str, body: bytes | BinaryIO, sha256: str, until: datetime) -> Kept:
        answer = self._s3.put_object(
            Bucket=self._bucket,
            Key=path,
            Body=body,
            Metadata={SHA256: sha256},
            ObjectLockMode="COMPLIANCE",
            ObjectLockRetainUntilDate=until,
        )
        version = answer.get("VersionId")
        if not version:
            raise StageFault(
                self._bucket, path, "keeps versions, without which a lock holds nothing", "deploy the vault layer again"
            )
        return Kept(path=path, version=version, until=until, put=True)


def retained_until() -> datetime:
    """The date of the pod's retention, counted from now, in whole seconds as stores keep it."""
    text = environment("VAULT_RETENTION_DAYS")
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise StageFault(
            "VAULT_RETENTION_DAYS", text, "is a whole number of days, 1 or more", "set `retentionDays` of the vault"
        )
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=int(text))


def vault() -> LockedStore:
    return LockedStore("vault", environment("VAULT_BUCKET"))


def offsite() -> LockedStore:
    return LockedStore("offsite", environment("OFFSITE_BUCKET"))
