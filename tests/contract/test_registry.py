"""Images as a cluster's registry gets them: a real registry, the digest that was locked, and nothing pushed twice."""

import json
import shutil
import socket
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from components.errors import FactoryError
from host.debian import PUSHING, install
from host.documents import sequence
from host.progress import Progress
from host.shell import run
from image_build import layers, registry
from image_build.base import Base
from tests.support.programs import free_ports
from tests.support.registry import serving
from workloads.images import Images


class Small(Base):
    """A base of one file: what is pushed is as real, and it takes no minute."""

    @property
    def folder(self) -> Path:
        return Path(self.mirror)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    content = tmp_path / "content.tar"
    subprocess.run(["tar", "--create", "--file", content, "--files-from", "/dev/null"], check=True)
    layer = layers.write(tmp_path / "base", ["cat", str(content)])
    layers.finish(tmp_path / "base", "localhost/base:1", [layer], {})
    made = Small(
        suite="", mirror=str(tmp_path / "base"), packages=(), python="3.11", imported=(), environment=(), locked=""
    )
    return made


@pytest.fixture
def server(tmp_path: Path) -> Generator[str]:
    (port,) = free_ports(1)
    with serving(tmp_path / "kept", port) as registry:
        yield registry


@pytest.fixture(autouse=True)
def skopeo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIFACTORY_HOME", str(tmp_path / "lab"))
    if shutil.which("skopeo") is None:
        install(Progress(), PUSHING)


def test_what_is_locked_is_what_the_registry_has(small: Small, server: str, tmp_path: Path) -> None:
    lock = tmp_path / "lock.json"
    reference = registry.push(small, f"{server}/factory", lock, Progress())
    assert Images.read(lock).workloads == reference
    output = run(["skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{reference}"])
    # The base comes first, as it was built.
    assert json.loads(output)["layers"][0] == sequence(layers.read(small.folder).manifest["layers"])[0]
    # Pushed again, it is the same image.
    assert registry.push(small, f"{server}/factory", lock, Progress()) == reference


def test_a_registry_that_does_not_answer_is_one_message(small: Small, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        name = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(FactoryError, match="skopeo"):
            registry.push(small, name, tmp_path / "lock.json", Progress())
    assert not (tmp_path / "lock.json").exists()
