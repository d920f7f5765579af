"""One object put into a bucket, of whatever size: in one request where a store takes that, in parts above."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, TypedDict, cast

from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.utils import ReadFileChunk

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

MIB = 1 << 20
# A request of this size is repeated where a connection breaks. S3 takes at most 5 GiB in one.
PART = 64 * MIB
# S3 API, UploadPart: part numbers from 1 to 10,000.
MOST_PARTS = 10_000


class Options(TypedDict, total=False):
    """What an object is put with, whether in one request or in parts."""

    Metadata: dict[str, str]
    ObjectLockMode: Literal["COMPLIANCE"]
    ObjectLockRetainUntilDate: datetime


def put(
    s3: "S3Client", bucket: str, path: str, content: bytes | Path, options: Options | None = None, part: int = PART
) -> str:
    """Puts an object and returns its version, "" where the bucket keeps none. What fails leaves no part behind."""
    options = options or {}
    if isinstance(content, bytes):
        return s3.put_object(Bucket=bucket, Key=path, Body=content, **options).get("VersionId", "")
    size = content.stat().st_size
    if size > part:
        return _in_parts(s3, bucket, path, content, options, part_size(size, part))
    with content.open("rb") as file:
        return s3.put_object(Bucket=bucket, Key=path, Body=file, **options).get("VersionId", "")


def part_size(size: int, least: int = PART) -> int:
    """Bytes of each part but the last: `least`, or more in whole MiB where that would make too many parts."""
    needed = -(-size // MOST_PARTS)
    return least if needed <= least else -(-needed // MIB) * MIB


def _in_parts(s3: "S3Client", bucket: str, path: str, content: Path, options: Options, part: int) -> str:
    # Stores that know checksums want that of every part named again at the end; others ignore the header.
    upload = s3.create_multipart_upload(Bucket=bucket, Key=path, ChecksumAlgorithm="CRC32", **options)["UploadId"]
    try:
        parts = list(_parts(s3, bucket, path, upload, content, part))
        done = s3.complete_multipart_upload(Bucket=bucket, Key=path, UploadId=upload, MultipartUpload={"Parts": parts})
    except BaseException:
        # The first error is the one to report: where the store is away, so is the way to abort.
        with suppress(BotoCoreError, ClientError):
            s3.abort_multipart_upload(Bucket=bucket, Key=path, UploadId=upload)
        raise
    return done.get("VersionId", "")


def _parts(
    s3: "S3Client", bucket: str, path: str, upload: str, content: Path, part: int
) -> "Iterator[CompletedPartTypeDef]":
    for number, start in enumerate(range(0, content.stat().st_size, part), 1):
        # Reads from the file as the request is sent, so that memory does not grow with the size of a part.
        with ReadFileChunk.from_filename(str(content), start, part) as body:
            answer = s3.upload_part(
                Bucket=bucket,
                Key=path,
                UploadId=upload,
                PartNumber=number,
                Body=cast(IO[bytes], body),
                ChecksumAlgorithm="CRC32",
            )
        found: CompletedPartTypeDef = {"PartNumber": number, "ETag": answer["ETag"]}
        if checksum := answer.get("ChecksumCRC32"):
            found["ChecksumCRC32"] = checksum
        yield found
