"""Our own buckets and objects through the real engine, against a real MinIO."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from components.object_store.resources import ACCOUNT, BUCKET, OBJECT
from host.cache import REPOSITORY
from host.documents import Values
from pulumi_plugin.object_store import bucket, item
from pulumi_plugin.object_store.plugin import KINDS
from tests.contract.deployment import NO_ACCOUNT, Entry
from tests.contract.existing import CloudResource, Store, stored
from tests.contract.life import UP, Life, TypeContract, deployment_in, lived, refused
from tests.contract.servers import minio
from tests.contract.table import Case, Table

PLUGIN = str(REPOSITORY / "pulumi_plugin" / "object_store")


def readable(name: str, who: str) -> str:
    """A bucket policy."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [who]},
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{name}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


FOUNDATION = (Case(name="shelf", kind=BUCKET, first={"bucket": "shelf", "versioning": False}, outputs=("bucket",)),)
CASES = (
    Case(
        name="plain",
        kind=BUCKET,
        first={"bucket": "plain", "policy": readable("plain", "*"), "encryption": "AES256", "versioning": False},
        changed={"versioning": True},
        removed=("policy", "encryption"),
        replaced={"bucket": "plain-by-another-name"},
    ),
    Case(
        name="vault",
        kind=BUCKET,
        first={"bucket": "vault", "objectLock": True, "defaultRetentionDays": 1},
        changed={"defaultRetentionDays": 2},
        removed=("defaultRetentionDays",),
        replaced={"bucket": "vault-by-another-name"},
    ),
    Case(
        name="note",
        kind=OBJECT,
        first={"bucket": "${shelf.bucket}", "key": "note.json", "content": "${secret.hunter2}"},
        changed={"content": "{}"},
        replaced={"key": "note-by-another-name.json"},
        lacks={"removed": "all of its properties are required, but for the address of its store"},
    ),
)


@dataclass(frozen=True, slots=True)
class Minio:
    """The store, asked by boto3 and by the plugin's own reading."""

    store: Store

    def existing(self) -> set[CloudResource]:
        return set(stored(self.store))

    def read(self, entry: Entry) -> Values | None:
        # What nothing is asked for is not looked at, hence the encryption that a bucket is asked for here.
        asked: Values = {**dict(entry.inputs), "encryption": "AES256"}
        return bucket.read(entry.id, asked) if entry.kind == BUCKET else item.read(entry.id, asked)

    def meddle(self, state: Mapping[str, Entry]) -> str:
        self.store.put_bucket_versioning(Bucket=state["plain"].id, VersioningConfiguration={"Status": "Enabled"})
        return "plain"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Mapping[str, str]]:
    """What makes boto3 go to the store: an import knows no other way to it."""
    with minio(tmp_path_factory.mktemp("disk")) as endpoint:
        yield {**NO_ACCOUNT, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, store: Mapping[str, str]) -> Generator[Life]:
    """Lived once for all tests."""
    with pytest.MonkeyPatch.context() as here:
        for key, value in store.items():
            here.setenv(key, value)
        first, second = (deployment_in(tmp_path_factory.mktemp(name), store, PLUGIN) for name in ("first", "second"))
        yield lived(first, second, Table((*FOUNDATION, *CASES)), Minio(boto3.client("s3")))  # pyright: ignore[reportArgumentType]


class TestAifactoryTypes(TypeContract):
    """The plugin aifactory, against MinIO."""

    CASES = CASES


def test_the_table_has_every_type_that_is_served() -> None:
    # An account has the address of its store among its inputs, which no table knows: see test_accounts and test_site.
    assert {case.kind for case in CASES} | {ACCOUNT} == set(KINDS)


def test_a_type_that_is_not_served_fails_the_preview(tmp_path: Path, store: Mapping[str, str]) -> None:
    case = Case(name="table", kind="aifactory:object_store:Table", first={})
    output = refused(deployment_in(tmp_path, store, PLUGIN), case, None, "preview")
    assert len(output) == 1
    assert "serves" in output[0]


def test_what_cannot_be_fails_the_preview(tmp_path: Path, store: Mapping[str, str]) -> None:
    case = Case(name="plain", kind=BUCKET, first={"bucket": "plain", "defaultRetentionDays": 3})
    output = refused(deployment_in(tmp_path, store, PLUGIN), case, None, "preview")
    assert len(output) == 1
    assert "objectLock" in output[0]


def test_a_call_that_fails_is_one_error_of_the_up(tmp_path: Path, store: Mapping[str, str]) -> None:
    case = Case(name="note", kind=OBJECT, first={"bucket": "nowhere", "key": "note.json", "content": "{}"})
    output = refused(deployment_in(tmp_path, store, PLUGIN), case, None, *UP)
    assert len(output) == 1
    assert "NoSuchBucket" in output[0]
