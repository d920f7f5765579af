"""A download is used only when its SHA-256 is the publisher's; without a way to a tool nothing is made."""

import hashlib
from collections.abc import Generator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from components.errors import FactoryError
from host.progress import Progress
from toolchain import install
from toolchain.install import Toolchain, fetch_verified
from toolchain.tools import TOOLS, Download


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def publisher(tmp_path: Path) -> Generator[tuple[Path, Download]]:
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "tool").write_bytes(b"program")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}/{{binary}}"
    yield folder, Download(url=base, checksum_url=base + ".sha256")
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_matching_digest_is_taken(publisher: tuple[Path, Download], tmp_path: Path) -> None:
    folder, download = publisher
    (folder / "tool.sha256").write_text(hashlib.sha256(b"program").hexdigest())
    fetch_verified(download, "v1", "tool", tmp_path / "tool")
    assert (tmp_path / "tool").read_bytes() == b"program"


def test_another_digest_is_refused(publisher: tuple[Path, Download], tmp_path: Path) -> None:
    folder, download = publisher
    (folder / "tool.sha256").write_text("0" * 64)
    with pytest.raises(FactoryError, match="SHA-256"):
        fetch_verified(download, "v1", "tool", tmp_path / "tool")
    assert not (tmp_path / "tool").exists()


def test_without_go_one_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(install, "go", lambda: None)
    built = tuple(tool for tool in TOOLS if tool.name == "pause")
    with pytest.raises(FactoryError, match=r"go: not found.*install Go"):
        Toolchain(built).install(Progress())
    # Nothing half-made passes for whole.
    assert Toolchain(built).missing() == list(built)
