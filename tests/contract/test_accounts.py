"""The accounts of pods on a real MinIO: each does what its programs need, and nothing beside."""

import hashlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
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
from components.object_store.store import StoreError, code_of, s3_of
from host.documents import Values
from pulumi_plugin.object_store import account
from tests.contract.account_verbs import UNTIL, VERBS, Lock, Verb
from tests.contract.deployment import NO_ACCOUNT
from tests.contract.servers import minio, moto
from workloads.protection.app.locked import LockedStore
from workloads.stage.app.store import Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "0" * 64
REGION = "eu-central-1"
BUCKETS = {"objects": OBJECTS_ROLES, "vault": VAULT_ROLES}
Profiles = Callable[[str, str], None]


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
            REGION,
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

    def put(self, verb: Verb) -> str:
        """Puts the verb's object as the store's owner; its version, "" where it needs none or the bucket keeps none."""
        if not verb.key:
            return ""
        bucket, _, key = verb.key.partition("/")
        more: Lock = {"ObjectLockMode": verb.mode, "ObjectLockRetainUntilDate": UNTIL} if verb.mode else {}
        return s3_of(self.endpoint, "").put_object(Bucket=bucket, Key=key, Body=b"content", **more).get("VersionId", "")

    def of(self, role: str) -> "S3Client":
        bucket = "objects" if role in OBJECTS_ROLES else "vault"
        return client(self.endpoint, account_name(bucket, role), secret_of(KEY, bucket, role))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with pytest.MonkeyPatch.context() as here:
        # A store of a region of its own, as the lab's are.
        here.setenv("MINIO_REGION", REGION)
        with minio(tmp_path_factory.mktemp("disk")) as endpoint:
            for key, value in NO_ACCOUNT.items():
                here.setenv(key, value)
            root = s3_of(endpoint, "")
            root.create_bucket(Bucket="objects")
            root.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
            root.create_bucket(Bucket="others")
            for bucket, roles in BUCKETS.items():
                for role in roles:
                    account.put(inputs(endpoint, bucket, role))
            yield Served(endpoint)


@pytest.fixture
def profiles(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profiles:
    """Gives a role's account to the programs of this process, under a profile's name."""

    def give(role: str, name: str) -> None:
        keys = f"aws_access_key_id = {account_name(name, role)}\naws_secret_access_key = {secret_of(KEY, name, role)}\n"
        (tmp_path / "credentials").write_text(f"[{name}]\n{keys}")
        (tmp_path / "config").write_text(
            f"[profile {name}]\nregion = {REGION}\nendpoint_url = {served.endpoint}\ns3 =\n    addressing_style = path\n"
        )

    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return give


@pytest.mark.parametrize("role", [*OBJECTS_ROLES, *VAULT_ROLES])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb.name))
def test_a_role_does_what_its_programs_need_and_nothing_beside(served: Served, role: str, verb: Verb) -> None:
    put = served.put(verb)
    if role in verb.roles:
        verb.call(served.of(role), put)
        return
    with pytest.raises(ClientError) as caught:
        verb.call(served.of(role), put)
    assert code_of(caught.value) in (verb.refused, "403"), caught.value


def test_a_locked_store_works_by_the_account_of_its_role(served: Served, tmp_path: Path, profiles: Profiles) -> None:
    """The programs themselves: objects are put under lock, read back, looked for and kept longer."""
    for role, path in ((COPIES, "kept/by/copies"), (LOGS, "inference-logs/kept/by/logs")):
        profiles(role, "vault")
        vault = LockedStore("vault", "vault", part=5 << 20)
        large = tmp_path / "large"
        large.write_bytes(bytes(6 << 20))
        for content in (b"content", large):
            body = content if isinstance(content, bytes) else content.read_bytes()
            sha256 = hashlib.sha256(body).hexdigest()
            at = f"{path}/{sha256[:8]}"
            kept = vault.keep(at, content, sha256, len(body), UNTIL)
            assert kept.put
            assert vault.gives_back(kept, sha256)
            later = vault.keep(at, content, sha256, len(body), UNTIL + timedelta(days=3))
            assert (later.put, later.version, later.until) == (False, kept.version, UNTIL + timedelta(days=3))
            assert vault.has(at, kept.version)
            assert vault.is_at(served.endpoint, kept)
            assert not vault.has(f"{at}-none", kept.version)
        assert vault.last(f"{path}/").startswith(path)


def test_an_objects_store_works_by_the_account_of_its_role(served: Served, tmp_path: Path, profiles: Profiles) -> None:
    profiles(STAGES, "objects")
    store = Store("objects", "objects")
    assert store.put_once("stages/once", b"content")
    assert not store.put_once("stages/once", b"other")
    store.put("stages/file", b"content")
    profiles(SERVING, "objects")
    reader = Store("objects", "objects")
    assert reader.get("stages/none") is None
    assert reader.get("stages/once") == b"content"
    assert reader.download("stages/file", tmp_path / "file") == hashlib.sha256(b"content").hexdigest()
    assert ("stages/file", len(b"content")) in list(reader.listed("stages/"))


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


def test_the_longest_name_of_a_bucket_has_an_account(served: Served) -> None:
    bucket = "b" * 63
    declared = account.normal(
        {
            "account": account_name(bucket, SERVING),
            "secretKey": secret_of(KEY, "objects", SERVING),
            "policy": policy_document(bucket, OBJECTS_ROLES[SERVING]),
            "endpoint": served.endpoint,
        }
    )
    s3_of(served.endpoint, "").create_bucket(Bucket=bucket)
    name = account.put(declared)
    assert account.read(name, declared) == declared
    assert client(served.endpoint, name, str(declared["secretKey"])).list_objects_v2(Bucket=bucket)["KeyCount"] == 0


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
