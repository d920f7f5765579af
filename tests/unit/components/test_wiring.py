"""What components declare, recorded: their children, how they are called, and what is protected."""

import pulumi
import pytest

from components.network.component import Network
from components.object_store.component import ObjectStore
from components.object_store.roles import OBJECTS_ROLES, policy_document
from components.vault.component import VaultBucket
from tests.unit.components.recorder import declared


def test_a_vault_on_another_store_is_one_locked_bucket() -> None:
    seen = declared(
        lambda: VaultBucket(
            "vault", {"bucket": "vault", "retention_days": 7, "endpoint": "http://store:9000", "profile": "vault"}
        )
    )
    assert seen.kinds() == {"vault": "aifactory:vault:VaultBucket", "vault-bucket": "aifactory:object_store:Bucket"}
    bucket = seen.seen[1].inputs
    assert (bucket["objectLock"], bucket["versioning"], bucket["defaultRetentionDays"]) == (True, True, 7)


def test_an_object_store_has_an_account_for_each_role_that_has_a_secret() -> None:
    secrets = {"stages": pulumi.Output.secret("0" * 40), "serving": pulumi.Output.secret("1" * 40)}
    seen = declared(
        lambda: ObjectStore(
            "objects", {"bucket": "one", "endpoint": "http://store:9000", "profile": "objects", "accounts": secrets}
        )
    )
    assert seen.kinds() == {
        "objects": "aifactory:object_store:ObjectStore",
        "objects-bucket": "aifactory:object_store:Bucket",
        "objects-stages": "aifactory:object_store:Account",
        "objects-serving": "aifactory:object_store:Account",
    }
    inputs = {one.name: one.inputs for one in seen.seen}
    assert inputs["objects"]["accounts"] == ["serving", "stages"]
    account = inputs["objects-stages"]
    assert (account["account"], account["endpoint"], account["profile"]) == (
        "one.stages",
        "http://store:9000",
        "objects",
    )
    assert account["policy"] == policy_document("one", OBJECTS_ROLES["stages"])


def test_a_vault_on_aws_is_locked_versioned_encrypted_and_private() -> None:
    seen = declared(lambda: VaultBucket("vault", {"bucket": "example-vault", "retention_days": 30}))
    assert set(seen.kinds()) == {
        "vault",
        *(
            f"vault-{part}"
            for part in (
                *("bucket", "versioning", "lock", "encryption", "private", "policy"),
                *("key", "key-policy", "ownership", "lifecycle"),
            )
        ),
    }
    inputs = {one.name: one.inputs for one in seen.seen}
    assert inputs["vault-bucket"]["objectLockEnabled"] is True
    assert "forceDestroy" not in inputs["vault-bucket"]
    assert inputs["vault-lock"]["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 30.0}}


@pytest.mark.parametrize("zones", [["eu-west-1a", "eu-west-1b"], ["us-east-1a", "us-east-1b", "us-east-1c"]])
def test_a_network_has_a_private_subnet_in_each_zone(zones: list[str]) -> None:
    seen = declared(lambda: Network("net", {"cidr": "10.0.0.0/16", "more_cidrs": ["10.1.0.0/16"], "zones": zones}))
    assert all(one.name == "net" or one.name.startswith("net-") for one in seen.seen)
    placed = [one.inputs["availabilityZone"] for one in seen.seen if one.kind == "aws:ec2/subnet:Subnet"]
    assert set(placed) == set(zones)
    added = [one.inputs["cidrBlock"] for one in seen.seen if one.kind.endswith(":VpcIpv4CidrBlockAssociation")]
    assert added == ["10.1.0.0/16"]
