"""Accounts that the layers declare for pods: from the key that is configured, and none without it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest

from components.object_store.resources import ACCOUNT
from components.object_store.roles import secret_of
from components.violations import SpecError
from stacks.keys import with_keys
from stacks.layers import vault
from stacks.settings import PROJECT, StackName
from tests.unit.components.recorder import Recorder, declared

KEY = "0" * 64
STACK = StackName("onprem", "vault")
VALUES = {
    "vaultBucket": "the-vault",
    "vaultEndpoint": "https://vault.example.org",
    "vaultProfile": "vault",
    "offsiteBucket": "the-copy",
    "offsiteEndpoint": "https://offsite.example.org",
    "offsiteProfile": "offsite",
    "retentionDays": "7",
}
set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "accounts-key"
    path.write_text(f"{KEY}\n")
    return path


def deployed(values: Mapping[str, str]) -> Recorder:
    set_all_config({f"{PROJECT}:{name}": value for name, value in {**VALUES, **values}.items()})
    return declared(lambda: vault.deploy(STACK))


def test_without_a_key_no_account_is_made() -> None:
    assert ACCOUNT not in deployed({}).kinds().values()


def test_each_store_gets_the_accounts_of_its_roles(key: Path) -> None:
    seen = deployed({"accountsKeyFile": str(key)})
    made = {one.name: one.inputs for one in seen.seen if one.kind == ACCOUNT}
    assert {name: (inputs["account"], inputs["endpoint"], inputs["profile"]) for name, inputs in made.items()} == {
        f"{store}-{role}": (f"{bucket}.{role}", f"https://{store}.example.org", store)
        for store, bucket in (("vault", "the-vault"), ("offsite", "the-copy"))
        for role in ("copies", "logs")
    }
    for store, role in (name.split("-") for name in made):
        assert secret_of(KEY, store, role) in str(made[f"{store}-{role}"]["secretKey"])


def test_a_secret_is_an_input_of_its_account_alone(key: Path) -> None:
    """Components repeat their arguments as inputs: secrets of accounts are left out there, and out of the contract."""
    seen = deployed({"accountsKeyFile": str(key)})
    secrets = [secret_of(KEY, store, role) for store in ("vault", "offsite") for role in ("copies", "logs")]
    others = str([one for one in seen.seen if one.kind != ACCOUNT])
    assert [secret for secret in (KEY, *secrets) if secret in others] == []


def test_a_key_on_aws_names_the_setting(key: Path) -> None:
    with pytest.raises(SpecError) as caught:
        deployed({"accountsKeyFile": str(key), "vaultEndpoint": "", "vaultRegion": "eu-central-1"})
    assert "it is set by aifactory:accountsKeyFile" in str(with_keys(caught.value))


@pytest.mark.parametrize(("content", "rule"), [(None, "can be read"), (b"short", "holds 5"), (b"\xff" * 40, "UTF-8")])
def test_a_key_that_cannot_be_is_one_message_and_is_not_shown(key: Path, content: bytes | None, rule: str) -> None:
    key.unlink() if content is None else key.write_bytes(content)
    with pytest.raises(SpecError, match=rule) as caught:
        deployed({"accountsKeyFile": str(key)})
    output = str(caught.value)
    assert f"aifactory:accountsKeyFile = '{key}'" in output
    assert "openssl rand -hex 32" in output
    assert "short" not in output
