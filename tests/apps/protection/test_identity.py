"""Whether two settings lead to one store is asked of the stores: an address can be written in many ways."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

import pytest

from tests.apps.protection.conftest import Stores
from workloads.protection.app.identity import address
from workloads.stage.app.attempt import USER_ERROR


def spellings(endpoint: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    return {
        "trailing slash": f"{endpoint}/",
        "case": endpoint.replace("http", "HTTP"),
        "another name of the host": f"http://localhost:{parts.port}",
        "the same": endpoint,
    }


def table(stores: Stores) -> dict[str, Mapping[str, object]]:
    rows = cast("list[Mapping[str, object]]", stores.manifest().metrics["table"])
    return {str(row["class"]): row for row in rows}


@pytest.mark.parametrize(
    ("name", "other", "how"),
    [
        ("offsite", "vault", "trailing slash"),
        ("offsite", "vault", "case"),
        ("offsite", "vault", "another name of the host"),
        ("offsite", "objects", "another name of the host"),
        ("objects", "vault", "the same"),
    ],
)
def test_off_site_equal_to_the_vault_by_another_spelling_counted_as_a_third_copy(
    stores: Stores, name: str, other: str, how: str
) -> None:
    # The bucket of the source has no lock; where it is one with another, it is that one's.
    shared = stores.buckets[other]
    if other == "objects":
        shared = f"locked-{shared}"
        stores.servers["objects"].s3.create_bucket(Bucket=shared, ObjectLockEnabledForBucket=True)
        stores.lead("objects", "objects", stores.endpoints["objects"], shared)
    stores.lead(name, other, spellings(stores.endpoints[other])[how], shared)
    stores.train(b"weights")
    outcome = stores.protect()
    assert outcome.code == USER_ERROR
    assert "aifactory:" in outcome.errors
    assert "two copies are one" in outcome.errors
    assert outcome.errors.count("\n") == 1


@pytest.mark.parametrize("how", ["trailing slash", "another name of the host"])
def test_another_bucket_of_the_vaults_store_is_not_off_site(stores: Stores, how: str) -> None:
    bucket = f"second-{stores.buckets['vault']}"
    stores.servers["vault"].s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    stores.lead("offsite", "vault", spellings(stores.endpoints["vault"])[how], bucket)
    stores.train(b"weights")
    outcome = stores.protect()
    assert outcome.code == 0, outcome.errors
    assert {(row["stores"], row["off_site"]) for row in table(stores).values()} == {(2, False)}


def test_stores_of_their_own_are_three_and_nobody_says_on_what_media(stores: Stores) -> None:
    stores.train(b"weights")
    outcome = stores.protect()
    assert outcome.code == 0, outcome.errors
    rows = table(stores)
    assert set(rows) == {"training-data", "weights", "pipeline-config"}
    assert {(row["copies"], row["stores"], row["off_site"]) for row in rows.values()} == {(3, 3, True)}
    assert not any("media" in row for row in rows.values())


def test_ways_to_write_one_address_are_equal() -> None:
    written = (
        "https://S3.example.org",
        "https://s3.example.org/",
        "https://s3.example.org:443",
        "HTTPS://s3.example.org.",
    )
    assert len({address(one) for one in written}) == 1
    assert address("https://s3.example.org:9000") != address("https://s3.example.org")
