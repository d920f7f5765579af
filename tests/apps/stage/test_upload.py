"""Objects of every size: S3 takes at most 5 GiB in one request, and 10,000 parts."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from tests.apps.minio import administrator, minio
from workloads.stage.app import upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "objects"
GIB = 1 << 30


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Generator["S3Client"]:
    with minio(tmp_path_factory.mktemp("store"), "an-account") as endpoint:
        client = administrator(endpoint, "an-account")
        client.create_bucket(Bucket=BUCKET)
        yield client


def stopped_at_part(s3: "S3Client", number: int, path: str, content: Path, part: int = upload.PART) -> list[list[str]]:
    """Puts an object and stops before that part is sent; the uploads that were open before each."""
    seen: list[list[str]] = []

    def stop(**_: object) -> None:
        begun = s3.list_multipart_uploads(Bucket=BUCKET, Prefix=path).get("Uploads", [])
        seen.append([one.get("Key", "") for one in begun])
        if len(seen) == number:
            raise KeyboardInterrupt

    s3.meta.events.register("before-call.s3.UploadPart", stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            upload.put(s3, BUCKET, path, content, part=part)
    finally:
        s3.meta.events.unregister("before-call.s3.UploadPart", stop)
    return seen


def test_an_object_over_5_gib_was_put_in_one_request(s3: "S3Client", tmp_path: Path) -> None:
    """All of it takes a store a minute: three parts show that it goes in parts, and by which."""
    content = tmp_path / "weights"
    with content.open("wb") as file:
        os.truncate(file.fileno(), 5 * GIB + 1)
    assert stopped_at_part(s3, 3, "large", content) == [["large"]] * 3
    assert upload.part_size(5 * GIB + 1) == upload.PART


@given(size=st.integers(1, 5 << 40))
def test_parts_are_neither_too_many_nor_too_large(size: int) -> None:
    part = upload.part_size(size)
    assert -(-size // part) <= 10_000
    assert upload.PART <= part <= 5 * GIB


def test_the_production_models_weights_are_put_in_parts_of_the_least_size() -> None:
    assert upload.part_size(30 * GIB) == upload.PART


def test_what_fails_leaves_no_upload_behind(s3: "S3Client", tmp_path: Path) -> None:
    content = tmp_path / "weights"
    content.write_bytes(bytes(3 << 20))
    # A store refuses at the end what has parts of less than 5 MiB.
    with pytest.raises(ClientError, match="EntityTooSmall"):
        upload.put(s3, BUCKET, "refused", content, part=1 << 20)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET, Prefix="refused")


def test_what_is_stopped_on_its_way_leaves_no_upload_behind(s3: "S3Client", tmp_path: Path) -> None:
    content = tmp_path / "weights"
    content.write_bytes(bytes(13 << 20))
    seen = stopped_at_part(s3, 2, "stopped", content, part=5 << 20)
    assert seen == [["stopped"], ["stopped"]]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET, Prefix="stopped")
