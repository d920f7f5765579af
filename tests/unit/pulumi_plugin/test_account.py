"""An account as the engine asks for it: what is refused before a store is asked, and how policies are compared."""

import json

import pytest

from components.object_store.resources import ACCOUNT
from host.documents import Values
from pulumi_plugin.object_store import account
from pulumi_plugin.object_store.plugin import ObjectStorePlugin
from pulumi_plugin.server import Resource
from pulumi_plugin.values import UNKNOWN

RESOURCE = Resource.of(f"urn:pulumi:lab.vault::aifactory::{ACCOUNT}::vault-copies")
GOOD: Values = {
    "account": "vault.copies",
    "secretKey": "0" * 40,
    "policy": '{"Version": "2012-10-17"}',
    "endpoint": "http://store:9000",
    "profile": "vault",
}


def refused(**changed: object) -> dict[str, str]:
    return dict(ObjectStorePlugin().check(RESOURCE, {}, {**GOOD, **changed}, b"").failures)


def test_what_can_be_is_not_refused() -> None:
    assert refused() == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("account", ""),
        ("secretKey", "hunter2"),
        ("endpoint", ""),
        ("endpoint", "store:9000"),
        ("endpoint", "http://root:hunter2@store:9000"),
        ("policy", ""),
        ("policy", "{"),
        ("policy", "[]"),
        ("policy", "{}"),
    ],
)
def test_what_cannot_be_is_refused_and_no_secret_is_said(key: str, value: str) -> None:
    found = refused(**{key: value})
    assert list(found) == [key]
    assert "hunter2" not in str(found)


def test_what_is_not_known_yet_is_not_judged() -> None:
    assert refused(account=UNKNOWN, secretKey=UNKNOWN, policy=UNKNOWN, endpoint=UNKNOWN) == {}


def test_a_policy_in_another_order_is_the_same() -> None:
    first = {"Statement": [{"Effect": "Allow", "Action": ["a", "b"]}, {"Effect": "Deny", "Action": ["c"]}]}
    second = {"Statement": [{"Action": ["c"], "Effect": "Deny"}, {"Action": ["b", "a"], "Effect": "Allow"}]}
    assert account.canonical(json.dumps(first)) == account.canonical(json.dumps(second))


def test_a_name_replaces_and_all_else_is_changed_in_place() -> None:
    plugin, normal = ObjectStorePlugin(), account.normal(GOOD)
    assert plugin.diff(RESOURCE, normal, normal).keys == ()
    for key in ("secretKey", "policy", "endpoint", "profile"):
        change = plugin.diff(RESOURCE, normal, {**normal, key: "another"})
        assert (change.keys, change.replaces) == ((key,), ())
    assert plugin.diff(RESOURCE, normal, {**normal, "account": "another"}).replaces == ("account",)
