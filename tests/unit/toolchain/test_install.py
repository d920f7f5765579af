"""Without a way to a tool nothing is made; what the Kubernetes plugin calls itself fits the SDK."""

from importlib.metadata import version
from pathlib import Path

import pytest

from components.errors import FactoryError
from host.progress import Progress
from toolchain import build
from toolchain.install import Toolchain
from toolchain.tools import TOOLS


def test_without_go_one_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build, "go", lambda: None)
    built = tuple(tool for tool in TOOLS if tool.name == "pause")
    with pytest.raises(FactoryError, match=r"go: not found.*install Go"):
        Toolchain(built).install(Progress())
    # Nothing half-made passes for whole.
    assert Toolchain(built).missing() == list(built)


def test_the_kubernetes_plugin_is_of_the_version_that_the_sdk_asks_for() -> None:
    # The engine warns of one that is older.
    plugin = next(tool for tool in TOOLS if tool.name == "pulumi-kubernetes")
    wanted = version("pulumi-kubernetes")
    assert plugin.release == f"v{wanted}"
    assert plugin.variables[0].partition("=")[2].partition("+")[0] == wanted
