"""Copies under lock: read before they are believed, put again where they differ, put in parts where they are large."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.apps.protection.conftest import WEIGHTS, Stores
from workloads.protection.app.locked import SHA256
from workloads.stage.app.manifest import digest
from workloads.stage.app.store import Store

MIB = 1 << 20
UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


def poison(stores: Stores, name: str, path: str, right: bytes) -> str:
    """Puts other bytes of the same length under the metadata of the right ones, locked; the version."""
    answer = stores.servers[name].s3.put_object(
        Bucket=stores.buckets[name],
        Key=path,
        Body=bytes(len(right)),
        Metadata={SHA256: digest(right)},
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=UNTIL,
        ChecksumAlgorithm="CRC32",
    )
    return answer.get("VersionId", "")


def read(stores: Stores, name: str, path: str, version: str = "") -> bytes:
    s3, bucket = stores.servers[name].s3, stores.buckets[name]
    if version:
        return s3.get_object(Bucket=bucket, Key=path, VersionId=version)["Body"].read()
    return s3.get_object(Bucket=bucket, Key=path)["Body"].read()


def index(stores: Stores) -> dict[str, Mapping[str, object]]:
    (item,) = (one for one in stores.manifest().objects if one.name == "protected.json")
    content = Store("objects", stores.buckets["objects"]).get(item.object)
    assert content is not None
    return {str(entry["path"]): entry for entry in cast("list[Mapping[str, object]]", json.loads(content))}


@pytest.mark.parametrize("name", ["vault", "offsite"])
def test_a_poisoned_copy_with_the_right_metadata_never_healed(stores: Stores, name: str) -> None:
    weights, path = b"w" * MIB, f"run/weights/{WEIGHTS}"
    stores.train(weights)
    poisoned = poison(stores, name, path, weights)
    outcome = stores.protect()
    assert outcome.code == 0, outcome.errors
    assert "1 of those because what stood differed" in outcome.output
    assert stores.manifest().metrics["renewed"] == 1
    named = cast("list[str]", index(stores)[path]["versions"])[("vault", "offsite").index(name)]
    assert named != poisoned
    assert read(stores, name, path) == read(stores, name, path, named) == weights
    # It is locked, so it stays below the good one.
    assert read(stores, name, path, poisoned) != weights


def test_a_copy_whose_bytes_changed_on_the_disk_heals(stores: Stores) -> None:
    weights, path = b"w" * MIB, f"run/weights/{WEIGHTS}"
    stores.train(weights)
    first = stores.locked("vault").keep(path, weights, digest(weights), len(weights), UNTIL)
    (part,) = (stores.servers["vault"].disk / stores.buckets["vault"] / path).glob("*/part.1")
    with part.open("r+b") as file:
        file.seek(MIB // 2)
        file.write(b"x" * 64)
    outcome = stores.protect()
    assert outcome.code == 0, outcome.errors
    assert stores.manifest().metrics["renewed"] == 1
    assert cast("list[str]", index(stores)[path]["versions"])[0] != first.version
    assert read(stores, "vault", path) == weights


def test_a_segment_of_the_audit_log_is_not_believed_by_its_metadata(stores: Stores) -> None:
    segment = b'{"record": 1}\n' * 1000
    poison(stores, "vault", "inference-logs/m/1", segment)
    kept = stores.locked("vault").keep("inference-logs/m/1", segment, digest(segment), len(segment), UNTIL)
    assert (kept.put, kept.renewed) == (True, True)
    assert read(stores, "vault", "inference-logs/m/1") == segment


def test_what_stands_and_is_right_is_not_put_again_and_its_date_moves_on(stores: Stores) -> None:
    vault = stores.locked("vault")
    first = vault.keep("one", b"content", digest(b"content"), 7, UNTIL)
    later = UNTIL + timedelta(days=30)
    second = vault.keep("one", b"content", digest(b"content"), 7, later)
    assert (first.put, second.put, second.version, second.until) == (True, False, first.version, later)
    head = stores.servers["vault"].s3.head_object(Bucket=stores.buckets["vault"], Key="one")
    assert head.get("ObjectLockRetainUntilDate") == later


def test_a_large_object_is_put_in_parts_under_lock_with_its_digest(stores: Stores, tmp_path: Path) -> None:
    content = tmp_path / "weights"
    content.write_bytes(bytes(range(256)) * (13 * MIB // 256) + b"the rest")
    right, size = hashlib.sha256(content.read_bytes()).hexdigest(), content.stat().st_size
    vault = stores.locked("vault", part=5 * MIB)
    kept = vault.keep("weights", content, right, size, UNTIL)
    head = stores.servers["vault"].s3.head_object(
        Bucket=stores.buckets["vault"], Key="weights", VersionId=kept.version, PartNumber=3
    )
    assert head.get("PartsCount") == 3
    assert head.get("ObjectLockMode") == "COMPLIANCE"
    assert head.get("ObjectLockRetainUntilDate") == UNTIL
    assert head["Metadata"] == {SHA256: right}
    assert vault.gives_back(kept, right)
    assert not vault.keep("weights", content, right, size, UNTIL).put
