"""What components declare, recorded: their children, how they are called, and what is protected."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import pulumi
import pytest

from components.network.component import Network
from components.object_store.component import ObjectStore
from components.object_store.roles import OBJECTS_ROLES, policy_document
from components.vault.component import VaultBucket


@dataclass(frozen=True, slots=True)
class Recorded:
    """One resource as the engine was asked for it."""

    name: str
    kind: str
    inputs: Mapping[str, object]


@dataclass(slots=True)
class Recorder(pulumi.runtime.Mocks):
    """Strict: what it was not told of is refused, so that nothing is looked up behind a test's back."""

    seen: list[Recorded] = field(default_factory=list[Recorded])

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        inputs = cast("dict[str, object]", args.inputs)
        self.seen.append(Recorded(args.name, args.typ, dict(inputs)))
        return f"{args.name}-id", {**inputs, "arn": f"arn:aws:test:::{args.name}"}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        raise AssertionError(f"a component asked for {args.token}")

    def kinds(self) -> dict[str, str]:
        return {one.name: one.kind for one in self.seen}


def declared(program: Callable[[], object], recorder: Recorder | None = None, *, preview: bool = False) -> Recorder:
    recorder = recorder or Recorder()
    pulumi.runtime.set_mocks(recorder, preview=preview)

    def run() -> None:
        program()

    cast("Callable[[Callable[[], None]], Callable[[], None]]", pulumi.runtime.test)(run)()
    return recorder


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
        *(f"vault-{part}" for part in ("bucket", "versioning", "lock", "encryption", "private", "policy")),
    }
    inputs = {one.name: one.inputs for one in seen.seen}
    assert inputs["vault-bucket"]["objectLockEnabled"] is True
    assert "forceDestroy" not in inputs["vault-bucket"]
    assert inputs["vault-lock"]["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 30.0}}


@pytest.mark.parametrize("zones", [["eu-west-1a", "eu-west-1b"], ["a", "b", "c"]])
def test_a_network_has_a_private_subnet_in_each_zone(zones: list[str]) -> None:
    seen = declared(lambda: Network("net", {"cidr": "10.0.0.0/16", "more_cidrs": ["10.1.0.0/16"], "zones": zones}))
    assert all(one.name == "net" or one.name.startswith("net-") for one in seen.seen)
    placed = [one.inputs["availabilityZone"] for one in seen.seen if one.kind == "aws:ec2/subnet:Subnet"]
    assert set(placed) == set(zones)
    added = [one.inputs["cidrBlock"] for one in seen.seen if one.kind.endswith(":VpcIpv4CidrBlockAssociation")]
    assert added == ["10.1.0.0/16"]
