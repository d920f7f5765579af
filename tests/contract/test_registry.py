"""Images as a cluster's registry gets them: a real registry, the digest that was locked, and nothing pushed twice."""

import json
import shutil
import socket
import subprocess
from collections.abc import Generator
from pathlib import Path
from threading import Event

import pytest

from lab.debian import PUSHING, install
from lab.doctor import taken
from lab.errors import LabError
from lab.home import Home, user_cache
from lab.images import layers, registry
from lab.images.base import Base
from lab.images.layout import sequence
from lab.progress import Progress
from lab.shell import run
from workloads.images import Images

CONFIGURATION = """version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


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
    """A registry on loopback; Debian's, unpacked rather than installed, for installing it would start a service."""
    program = user_cache() / "tests" / "docker-registry" / "usr" / "bin" / "docker-registry"
    if not program.exists():
        run(["apt-get", "download", "docker-registry"], cwd=tmp_path)
        program.parents[2].mkdir(parents=True)
        (package,) = tmp_path.glob("docker-registry_*.deb")
        run(["dpkg", "--extract", package, program.parents[2]])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    configuration = tmp_path / "registry.yaml"
    configuration.write_text(CONFIGURATION.format(folder=tmp_path / "kept", port=port))
    with subprocess.Popen(
        [program, "serve", configuration], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        try:
            paced = Event()
            for _ in range(300):
                if taken(port):
                    break
                paced.wait(0.1)
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def skopeo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIFACTORY_HOME", str(tmp_path / "lab"))
    if shutil.which("skopeo") is None:
        install(Home.open(), Progress(), PUSHING)


def test_what_is_locked_is_what_the_registry_has(small: Small, server: str, tmp_path: Path) -> None:
    lock = tmp_path / "lock.json"
    reference = registry.push(small, f"{server}/factory", lock, Progress())
    assert Images.read(lock).workloads == reference
    said = run(["skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{reference}"])
    # The base comes first, as it was built.
    assert json.loads(said)["layers"][0] == sequence(layers.read(small.folder).manifest["layers"])[0]
    # Pushed again, it is the same image.
    assert registry.push(small, f"{server}/factory", lock, Progress()) == reference


def test_a_registry_that_does_not_answer_is_one_message(small: Small, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        name = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(LabError, match="skopeo"):
            registry.push(small, name, tmp_path / "lock.json", Progress())
    assert not (tmp_path / "lock.json").exists()
