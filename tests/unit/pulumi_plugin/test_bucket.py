"""What is read back of a bucket, and what an update takes away of it."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import boto3
import pytest

from host.documents import Values
from pulumi_plugin.object_store import bucket
from tests.local_moto import local_moto

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import ObjectLockRetentionModeType
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

ABORT: "LifecycleRuleTypeDef" = {
    "ID": "aborted",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
EXPIRE: "LifecycleRuleTypeDef" = {
    "ID": "all",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "Expiration": {"Days": 1},
}


@pytest.fixture(scope="module")
def endpoint() -> Generator[str]:
    with pytest.MonkeyPatch.context() as here, local_moto() as address:
        here.setenv("AWS_ACCESS_KEY_ID", "test")
        here.setenv("AWS_SECRET_ACCESS_KEY", "of-a-test")
        here.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield address


@pytest.fixture
def s3(endpoint: str) -> "S3Client":
    return boto3.client("s3", "us-east-1", endpoint_url=endpoint)


def made(endpoint: str, name: str, **declared: object) -> Values:
    inputs = bucket.normal({"bucket": name, "endpoint": endpoint, **declared})
    bucket.create(inputs)
    return inputs


def vault(endpoint: str, name: str) -> Values:
    return made(endpoint, name, objectLock=True, defaultRetentionDays=730)


def read(name: str, inputs: Values) -> Values:
    found = bucket.read(name, inputs)
    assert found is not None
    return found


def test_what_is_as_declared_is_read_as_it_was_declared(endpoint: str) -> None:
    inputs = vault(endpoint, "as-declared")
    assert read("as-declared", inputs) == inputs


def test_a_vault_whose_objects_expired_was_unchanged(endpoint: str, s3: "S3Client") -> None:
    inputs = vault(endpoint, "expiring")
    s3.put_bucket_lifecycle_configuration(Bucket="expiring", LifecycleConfiguration={"Rules": [ABORT, EXPIRE]})
    found = read("expiring", inputs)
    assert "Expiration" in str(found["lifecycle"])
    assert "aborted" not in str(found["lifecycle"])
    bucket.update("expiring", found, inputs)
    assert read("expiring", inputs) == inputs
    # What only ends uploads that were begun is nobody's loss.
    (kept,) = s3.get_bucket_lifecycle_configuration(Bucket="expiring")["Rules"]
    assert kept.get("ID") == "aborted"


def test_a_rule_that_is_disabled_waits_for_a_switch(endpoint: str, s3: "S3Client") -> None:
    inputs = vault(endpoint, "waiting")
    waiting: LifecycleRuleTypeDef = {**EXPIRE, "Status": "Disabled"}
    s3.put_bucket_lifecycle_configuration(Bucket="waiting", LifecycleConfiguration={"Rules": [waiting]})
    assert "lifecycle" in read("waiting", inputs)


def test_the_rules_of_a_bucket_without_a_lock_are_its_operators(endpoint: str, s3: "S3Client") -> None:
    inputs = made(endpoint, "stages")
    s3.put_bucket_lifecycle_configuration(Bucket="stages", LifecycleConfiguration={"Rules": [EXPIRE]})
    assert read("stages", inputs) == inputs
    bucket.update("stages", inputs, inputs)
    assert s3.get_bucket_lifecycle_configuration(Bucket="stages")["Rules"]


@pytest.mark.parametrize(("mode", "days"), [("COMPLIANCE", 730), ("GOVERNANCE", 0)])
def test_retention_in_years_is_counted_in_days(
    endpoint: str, s3: "S3Client", mode: "ObjectLockRetentionModeType", days: int
) -> None:
    name = f"years-{mode.lower()}"
    inputs = vault(endpoint, name)
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": mode, "Years": 2}},
        },
    )
    assert read(name, inputs)["defaultRetentionDays"] == days
