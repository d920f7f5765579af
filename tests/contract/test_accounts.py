"""The accounts of pods on a real MinIO: each does what its programs need, and nothing beside."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from components.object_store.admin import admin_of
from components.object_store.roles import (
    COPIES,
    LOGS,
    OBJECTS_ROLES,
    SERVING,
    STAGES,
    VAULT_ROLES,
    account_name,
    policy_document,
    secret_of,
)
from components.object_store.store import StoreError, s3_of
from host.documents import Values
from pulumi_plugin.object_store import account
from tests.contract.deployment import NO_ACCOUNT
from tests.contract.servers import minio, moto

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "0" * 64
BUCKETS = {"objects": OBJECTS_ROLES, "vault": VAULT_ROLES}
UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
Call = Callable[["S3Client", str], object]


def inputs(endpoint: str, bucket: str, role: str) -> Values:
    return account.normal(
        {
            "account": account_name(bucket, role),
            "secretKey": secret_of(KEY, bucket, role),
            "policy": policy_document(bucket, BUCKETS[bucket][role]),
            "endpoint": endpoint,
        }
    )


def client(endpoint: str, access_key: str, secret: str) -> "S3Client":
    return cast(
        "S3Client",
        boto3.client(
            "s3",
            "us-east-1",
            endpoint_url=endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        ),
    )


@dataclass(frozen=True, slots=True)
class Served:
    """A MinIO with two buckets, an object in each place, and every role's account."""

    endpoint: str
    versions: dict[str, str]

    def of(self, role: str) -> "S3Client":
        bucket = "objects" if role in OBJECTS_ROLES else "vault"
        return client(self.endpoint, account_name(bucket, role), secret_of(KEY, bucket, role))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with minio(tmp_path_factory.mktemp("disk")) as endpoint, pytest.MonkeyPatch.context() as here:
        for key, value in NO_ACCOUNT.items():
            here.setenv(key, value)
        root = s3_of(endpoint, "")
        root.create_bucket(Bucket="objects")
        root.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
        root.create_bucket(Bucket="others")
        versions: dict[str, str] = {}
        for bucket, key in (
            ("objects", "stages/a"),
            ("objects", "contracts/lab.platform.json"),
            ("vault", "run/a"),
            ("vault", "inference-logs/m/1"),
            ("vault", "contracts/lab.vault.json"),
            ("others", "a"),
        ):
            versions[f"{bucket}/{key}"] = root.put_object(Bucket=bucket, Key=key, Body=b"content").get("VersionId", "")
        for bucket, roles in BUCKETS.items():
            for role in roles:
                account.put(inputs(endpoint, bucket, role))
        yield Served(endpoint, versions)


def read(bucket: str, key: str) -> Call:
    return lambda s3, _: s3.get_object(Bucket=bucket, Key=key)


def put(bucket: str, key: str) -> Call:
    return lambda s3, _: s3.put_object(Bucket=bucket, Key=key, Body=b"more")


def put_locked(key: str) -> Call:
    return lambda s3, _: s3.put_object(
        Bucket="vault", Key=key, Body=b"more", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=UNTIL
    )


def put_in_parts(bucket: str, key: str) -> Call:
    def call(s3: "S3Client", _: str) -> object:
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"more")
        s3.list_parts(Bucket=bucket, Key=key, UploadId=upload)
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=parts)  # pyright: ignore[reportArgumentType]
        other = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        return s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=other)

    return call


def listing(bucket: str) -> Call:
    return lambda s3, _: s3.list_objects_v2(Bucket=bucket)


def version(bucket: str, key: str) -> Call:
    return lambda s3, found: s3.head_object(Bucket=bucket, Key=key, VersionId=found)


def lengthen(key: str) -> Call:
    def call(s3: "S3Client", _: str) -> object:
        kept = s3.put_object(
            Bucket="vault", Key=key, Body=b"more", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=UNTIL
        )
        longer = {"Mode": "COMPLIANCE", "RetainUntilDate": UNTIL + timedelta(days=1)}
        return s3.put_object_retention(Bucket="vault", Key=key, VersionId=kept["VersionId"], Retention=longer)  # pyright: ignore[reportArgumentType]

    return call


def shorten(key: str) -> Call:
    def call(s3: "S3Client", _: str) -> object:
        kept = s3.put_object(
            Bucket="vault", Key=key, Body=b"more", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=UNTIL
        )
        shorter = {"Mode": "COMPLIANCE", "RetainUntilDate": UNTIL - timedelta(hours=6)}
        return s3.put_object_retention(Bucket="vault", Key=key, VersionId=kept["VersionId"], Retention=shorter)  # pyright: ignore[reportArgumentType]

    return call


def delete(bucket: str, key: str) -> Call:
    return lambda s3, _: s3.delete_object(Bucket=bucket, Key=key)


def delete_version(bucket: str, key: str) -> Call:
    return lambda s3, found: s3.delete_object(
        Bucket=bucket, Key=key, VersionId=found or "null", BypassGovernanceRetention=True
    )


ALLOWED: list[tuple[str, str, Call]] = [
    (STAGES, "objects/stages/a", read("objects", "stages/a")),
    (STAGES, "", put("objects", "stages/b")),
    (STAGES, "", put_in_parts("objects", "stages/c")),
    (STAGES, "", listing("objects")),
    (SERVING, "", read("objects", "stages/a")),
    (SERVING, "", listing("objects")),
    (COPIES, "", put_locked("run/b")),
    (COPIES, "", put_in_parts("vault", "run/c")),
    (COPIES, "", lengthen("run/d")),
    (COPIES, "vault/run/a", version("vault", "run/a")),
    (COPIES, "", listing("vault")),
    (LOGS, "", put_locked("inference-logs/m/2")),
    (LOGS, "", lengthen("inference-logs/m/3")),
    (LOGS, "", read("vault", "inference-logs/m/1")),
    (LOGS, "", listing("vault")),
]
FORBIDDEN: list[tuple[str, str, Call]] = [
    *((role, "", read("objects", "contracts/lab.platform.json")) for role in (STAGES, SERVING)),
    *((role, "", read("vault", "contracts/lab.vault.json")) for role in (COPIES, LOGS)),
    *((role, "", put("objects", "contracts/lab.platform.json")) for role in (STAGES, SERVING)),
    *((role, "", put("vault", "contracts/lab.vault.json")) for role in (COPIES, LOGS)),
    *((role, "", read("others", "a")) for role in (STAGES, SERVING, COPIES, LOGS)),
    *((role, "", lambda s3, _: s3.create_bucket(Bucket="mine")) for role in (STAGES, SERVING, COPIES, LOGS)),
    (STAGES, "", read("vault", "run/a")),
    (STAGES, "", delete("objects", "stages/a")),
    (SERVING, "", put("objects", "stages/d")),
    (SERVING, "", delete("objects", "stages/a")),
    (COPIES, "", read("objects", "stages/a")),
    (COPIES, "", delete("vault", "run/a")),
    (COPIES, "vault/run/a", delete_version("vault", "run/a")),
    (COPIES, "", shorten("run/e")),
    (LOGS, "", put_locked("run/f")),
    (LOGS, "", read("vault", "run/a")),
    (LOGS, "", shorten("inference-logs/m/4")),
    (LOGS, "vault/inference-logs/m/1", delete_version("vault", "inference-logs/m/1")),
    (COPIES, "", lambda s3, _: s3.delete_bucket_policy(Bucket="vault")),
    (COPIES, "", lambda s3, _: s3.put_bucket_versioning(Bucket="vault", VersioningConfiguration={"Status": "Suspended"})),
    (COPIES, "", lambda s3, _: s3.put_object_lock_configuration(Bucket="vault", ObjectLockConfiguration={})),
    (STAGES, "", lambda s3, _: s3.put_bucket_policy(Bucket="objects", Policy="{}")),
]  # fmt: skip


@pytest.mark.parametrize(("role", "at", "call"), ALLOWED)
def test_a_role_does_what_its_programs_need(served: Served, role: str, at: str, call: Call) -> None:
    call(served.of(role), served.versions.get(at, ""))


@pytest.mark.parametrize(("role", "at", "call"), FORBIDDEN)
def test_a_role_does_nothing_beside(served: Served, role: str, at: str, call: Call) -> None:
    with pytest.raises(ClientError) as caught:
        call(served.of(role), served.versions.get(at, ""))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403), caught.value  # pyright: ignore[reportTypedDictNotRequiredAccess]
    assert caught.value.response["Error"]["Code"] in ("AccessDenied", "InvalidRequest", "MalformedXML"), caught.value  # pyright: ignore[reportTypedDictNotRequiredAccess]


def test_an_object_that_is_not_there_is_not_a_refusal(served: Served) -> None:
    for role, bucket, key in ((STAGES, "objects", "stages/none"), (LOGS, "vault", "inference-logs/none")):
        with pytest.raises(ClientError) as caught:
            served.of(role).head_object(Bucket=bucket, Key=key)
        assert caught.value.response["Error"]["Code"] == "404"  # pyright: ignore[reportTypedDictNotRequiredAccess]


def test_no_pod_administrates_the_store(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account_name("objects", STAGES))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret_of(KEY, "objects", STAGES))
    with pytest.raises(StoreError, match=r"AccessDenied.*storesFolder"):
        account.put(inputs(served.endpoint, "objects", SERVING))


@pytest.mark.parametrize(("bucket", "role"), [(bucket, role) for bucket, roles in BUCKETS.items() for role in roles])
def test_a_refresh_shows_no_drift(served: Served, bucket: str, role: str) -> None:
    """MinIO gives the parts of a policy back in an order of its own."""
    declared = inputs(served.endpoint, bucket, role)
    assert account.read(str(declared["account"]), declared) == declared


def test_what_was_changed_by_hand_is_seen_and_made_again(served: Served) -> None:
    declared = inputs(served.endpoint, "objects", STAGES)
    name = str(declared["account"])
    assert account.read(name, declared) == declared
    with admin_of(served.endpoint, "") as admin:
        admin.policy_set("readwrite", user=name)
    seen = account.read(name, declared)
    assert seen is not None
    assert seen["policy"] != declared["policy"]
    assert account.put(declared) == name
    assert account.read(name, declared) == declared
    with pytest.raises(ClientError, match="AccessDenied"):
        served.of(STAGES).get_object(Bucket="others", Key="a")


def test_another_secret_ends_the_old_one(served: Served) -> None:
    declared = inputs(served.endpoint, "objects", SERVING)
    account.put({**declared, "secretKey": "1" * 40})
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        served.of(SERVING).list_objects_v2(Bucket="objects")
    account.put(declared)
    assert served.of(SERVING).list_objects_v2(Bucket="objects")["KeyCount"]


def test_an_account_that_is_removed_is_refused_and_stays_removed(served: Served) -> None:
    declared = {**inputs(served.endpoint, "objects", SERVING), "account": "objects.ended"}
    name = account.put(declared)
    assert account.read(name, declared) is not None
    account.delete(name, declared)
    account.delete(name, declared)
    assert account.read(name, declared) is None
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        client(served.endpoint, name, str(declared["secretKey"])).list_objects_v2(Bucket="objects")


def test_a_store_that_is_no_minio_is_said_in_one_line(tmp_path: Path) -> None:
    with moto() as endpoint, pytest.raises(StoreError, match="storesFolder") as caught:
        account.put(inputs(endpoint, "objects", STAGES))
    assert "\n" not in str(caught.value)


def test_a_store_that_does_not_answer_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in NO_ACCOUNT.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(StoreError, match="did not answer") as caught:
        account.put(inputs("http://127.0.0.1:1", "objects", STAGES))
    assert "\n" not in str(caught.value)
