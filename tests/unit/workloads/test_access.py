"""What pods are given: accounts of the stores, a key, and the registry's login where nodes do not have one."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from components.violations import SpecError
from tests.unit.components.recorder import Recorder, declared
from workloads.access.args import AccessArgs
from workloads.access.callers import document, entry, new_key
from workloads.access.component import Access
from workloads.access.spec import AccessSpec

LOGIN = {"auths": {"registry.example.org": {"auth": "dXNlcjpodW50ZXIy"}}}


@pytest.fixture
def args(tmp_path: Path) -> AccessArgs:
    for secret in ("stores-objects", "stores-protection"):
        (tmp_path / secret).mkdir()
        for name in ("credentials", "config"):
            (tmp_path / secret / name).write_text(f"[{secret}]\n")
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "callers.json").write_text(document({"team": entry(new_key())}))
    return {
        "namespace": "factory",
        "stores": tmp_path,
        "signing_key": tmp_path / "key.pem",
        "callers": tmp_path / "callers.json",
    }


def login(folder: Path, content: str) -> Path:
    path = folder / "config.json"
    path.write_text(content)
    return path


def secrets(seen: Recorder) -> set[str]:
    return {one.name for one in seen.seen if one.kind == "kubernetes:core/v1:Secret"}


def test_without_a_login_nodes_pull_by_themselves(args: AccessArgs) -> None:
    seen = declared(lambda: Access("access", args))
    assert secrets(seen) == {
        "access-stores-objects",
        "access-stores-protection",
        "access-stores-serving",
        "access-stores-logs",
        "access-signing-key",
        "access-callers",
    }


def test_a_login_is_a_secret_of_the_form_that_nodes_read(args: AccessArgs, tmp_path: Path) -> None:
    args["registry_auth"] = login(tmp_path, json.dumps(LOGIN))
    seen = declared(lambda: Access("access", args))
    assert "access-registry" in secrets(seen)
    (made,) = (one.inputs for one in seen.seen if one.name == "access-registry")
    assert made["type"] == "kubernetes.io/dockerconfigjson"


@pytest.mark.parametrize(
    "content", ["", "{}", '{"auths": {}}', '{"auths": {"registry": {}}, "credsStore": "desktop"}', "[]"]
)
def test_a_login_that_is_none_to_a_node_is_refused(args: AccessArgs, tmp_path: Path, content: str) -> None:
    args["registry_auth"] = login(tmp_path, content)
    with pytest.raises(SpecError, match="registryAuthFile"):
        AccessSpec.parse(args)


def test_a_private_authority_travels_with_the_accounts(args: AccessArgs, tmp_path: Path) -> None:
    (tmp_path / "stores-objects" / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    spec = AccessSpec.parse(args)
    assert set(spec.stores["stores-objects"]) == {"credentials", "config", "ca.pem"}
    assert set(spec.stores["stores-protection"]) == {"credentials", "config"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"team": {}}',
        '{"team": {"sha256": "aif_hunter2", "expires": null}}',
        '{"team": {"sha256": "%s", "expires": "tomorrow"}}' % ("0" * 64),
        '{"team": {"sha256": "%s", "expires": 1900000000}}' % ("0" * 64),
        '{"team": {"sha256": "%s", "expires": "2030-01-01T00:00:00"}}' % ("0" * 64),
    ],
)
def test_callers_that_the_gateway_could_not_read_are_refused_and_not_shown(args: AccessArgs, content: str) -> None:
    args["callers"].write_text(content)
    with pytest.raises(SpecError, match="callersFile") as caught:
        AccessSpec.parse(args)
    assert "hunter2" not in str(caught.value)


def test_what_serves_takes_the_accounts_of_stages_unless_it_has_its_own(args: AccessArgs, tmp_path: Path) -> None:
    stores = AccessSpec.parse(args).stores
    assert stores["stores-serving"] == stores["stores-objects"]
    assert stores["stores-logs"] == stores["stores-protection"]
    (tmp_path / "stores-logs").mkdir()
    for name in ("credentials", "config"):
        (tmp_path / "stores-logs" / name).write_text("[logs]\n")
    assert AccessSpec.parse(args).stores["stores-logs"]["credentials"] == "[logs]\n"


def test_the_version_of_accounts_changes_with_any_of_them_and_is_no_digest_of_a_secret_alone(
    args: AccessArgs, tmp_path: Path
) -> None:
    first = AccessSpec.parse(args).accounts
    assert AccessSpec.parse(args).accounts == first
    (tmp_path / "stores-protection" / "credentials").write_text("[another]\n")
    second = AccessSpec.parse(args).accounts
    other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    args["signing_key"].write_bytes(other)
    assert len({first, second, AccessSpec.parse(args).accounts}) == 3
