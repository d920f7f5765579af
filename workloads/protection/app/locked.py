"""A bucket where each object is kept under a date before which nobody, its owner included, can remove it."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, FlexibleChecksumError, IncompleteReadError, ResponseStreamingError

from workloads.stage.app import upload
from workloads.stage.app.error import StageError
from workloads.stage.app.store import CHUNK, client, environment, error_status, has_version, is_absent

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SHA256 = "sha256"
# An object that exists is locked again where its date is short of the wanted one by more than this.
SLACK = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An object under lock: one version of one path."""

    path: str
    version: str
    until: datetime
    put: bool
    """Whether it was put now; False where it existed already, and was read back."""
    renewed: bool = False
    """Whether it was put because what stood under its digest gave other bytes back, or none."""


class LockedStore:
    """One bucket with Object Lock."""

    def __init__(self, profile: str, bucket: str, part: int = upload.PART) -> None:
        self._profile = profile
        self._s3: S3Client = client(profile)
        self._part = part
        self.bucket = bucket
        self.endpoint = self._s3.meta.endpoint_url

    def keep(self, path: str, content: bytes | Path, sha256: str, size: int, until: datetime) -> Kept:
        """Puts an object under lock until a date. What exists with the same bytes is not put again, its date at most moves
        on. Metadata alone is not believed: what exists is read.
        """
        existing = self._existing(path, sha256, size)
        if existing is None:
            return self._put(path, content, sha256, until, renewed=False)
        if not self.gives_back(existing, sha256):
            # A locked version cannot be removed. A good one on top is what readers of the path get, and what an index names.
            return self._put(path, content, sha256, until, renewed=True)
        if existing.until + SLACK >= until:
            return existing
        self._s3.put_object_retention(
            Bucket=self.bucket,
            Key=path,
            VersionId=existing.version,
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
        )
        return replace(existing, until=until)

    def gives_back(self, kept: Kept, sha256: str) -> bool:
        """Whether that version is read back with that digest; one that its store can no longer read is not."""
        try:
            return self._digest(kept) == sha256
        except (FlexibleChecksumError, IncompleteReadError, ResponseStreamingError):
            return False
        except ClientError as error:
            # A store answers 5xx where its own checksum of a block differs, and 404 where the block is gone.
            # Any other refusal says nothing of the bytes.
            if error_status(error) >= 500 or error_status(error) == 404:
                return False
            raise

    def has(self, path: str, version: str) -> bool:
        """Whether that version of an object is in this bucket."""
        return has_version(self._s3, self.bucket, path, version)

    def is_at(self, endpoint: str, kept: Kept) -> bool:
        """Whether the store at another address is this one: there, this one's account finds what was kept here."""
        return has_version(client(self._profile, endpoint), self.bucket, kept.path, kept.version)

    def last(self, prefix: str) -> str:
        """The last path below `prefix` in order; "" where there is none."""
        path = ""
        while page := self._s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix, StartAfter=path).get("Contents", []):
            path = page[-1].get("Key", "")
        return path

    def _existing(self, path: str, sha256: str, size: int) -> Kept | None:
        """What exists under lock as that object, by its metadata."""
        try:
            head = self._s3.head_object(Bucket=self.bucket, Key=path)
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        same = head.get("Metadata", {}).get(SHA256) == sha256 and head["ContentLength"] == size
        version, date = head.get("VersionId"), head.get("ObjectLockRetainUntilDate")
        if same and version and date and head.get("ObjectLockMode") == "COMPLIANCE":
            return Kept(path=path, version=version, until=date, put=False)
        return None

    def _put(self, path: str, content: bytes | Path, sha256: str, until: datetime, *, renewed: bool) -> Kept:
        options: upload.Options = {
            "Metadata": {SHA256: sha256},
            "ObjectLockMode": "COMPLIANCE",
            "ObjectLockRetainUntilDate": until,
        }
        version = upload.put(self._s3, self.bucket, path, content, options, self._part)
        if not version:
            raise StageError(
                self.bucket, path, "keeps versions, without which a lock holds nothing", "deploy the vault layer again"
            )
        return Kept(path=path, version=version, until=until, put=True, renewed=renewed)

    def _digest(self, kept: Kept) -> str:
        """The sha256 of that version as the store gives it back."""
        body = self._s3.get_object(Bucket=self.bucket, Key=kept.path, VersionId=kept.version)["Body"]
        hashed = hashlib.sha256()
        try:
            for chunk in body.iter_chunks(CHUNK):
                hashed.update(chunk)
        finally:
            body.close()
        return hashed.hexdigest()


def retained_until() -> datetime:
    """The date of the pod's retention, counted from now, in whole seconds as stores keep it."""
    text = environment("VAULT_RETENTION_DAYS")
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise StageError(
            "VAULT_RETENTION_DAYS", text, "is a whole number of days, 1 or more", "set `retentionDays` of the vault"
        )
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=int(text))


def vault() -> LockedStore:
    return LockedStore("vault", environment("VAULT_BUCKET"))


def offsite() -> LockedStore:
    return LockedStore("offsite", environment("OFFSITE_BUCKET"))
