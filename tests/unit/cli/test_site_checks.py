"""What can be said of a kubeconfig before anybody is asked."""

import json
from pathlib import Path

import pytest

from cli.existing.checks import check_kubeconfig
from components.faults import Faults


def kubeconfig(folder: Path, user: dict[str, object]) -> Path:
    document: dict[str, object] = {
        "current-context": "mine",
        "contexts": [
            {"name": "other", "context": {"cluster": "other", "user": "other"}},
            {"name": "mine", "context": {"cluster": "mine", "user": "me"}},
        ],
        "users": [{"name": "other", "user": {"exec": {}}}, {"name": "me", "user": user}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    "user",
    [
        {"token": "t"},
        {"client-certificate": "c", "client-key": "k"},
        {"client-certificate-data": "c", "client-key-data": "k"},
    ],
)
def test_a_token_or_a_certificate_is_enough(tmp_path: Path, user: dict[str, object]) -> None:
    faults = Faults("up")
    check_kubeconfig(faults, kubeconfig(tmp_path, user))
    assert faults.found == []


@pytest.mark.parametrize("user", [{"exec": {"command": "aws"}}, {"auth-provider": {}}, {"tokenFile": "/token"}, {}])
def test_another_login_asks_for_the_official_engine(tmp_path: Path, user: dict[str, object]) -> None:
    faults = Faults("up")
    check_kubeconfig(faults, kubeconfig(tmp_path, user))
    assert len(faults.found) == 1
    assert "official Pulumi" in str(faults.found[0])


def test_what_is_no_kubeconfig_is_one_fault(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("users: [")
    faults = Faults("up")
    check_kubeconfig(faults, path)
    assert len(faults.found) == 1
