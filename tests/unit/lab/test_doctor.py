"""What is asked of a machine, and how what it lacks is said."""

import shutil
import socket
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.home import Home
from components.errors import FactoryError
from host import disk
from host.cache import user_cache
from lab import doctor


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("AIFACTORY_HOME", str(tmp_path))
    return Home.open()


def test_a_full_disk_stops_a_lab_before_anything_is_made(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> Usage:
        return Usage(100 << 30, 99 << 30, 1 << 30)

    monkeypatch.setattr(shutil, "disk_usage", full)
    with pytest.raises(
        FactoryError, match=r"disk of .* = 1\.0 GiB free: a lab needs \d+ GiB; free some, or set AIFACTORY_HOME"
    ):
        doctor.require(home)


def test_a_full_disk_of_the_cache_is_named_too(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def usage(folder: Path) -> Usage:
        return Usage(100 << 30, 99 << 30, (1 << 20) if folder == tmp_path / "cache" else (1 << 40))

    (tmp_path / "cache").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert f"the disk of {tmp_path / 'cache'} is full (1 MiB free)" in disk.full([home.root, user_cache()])


def test_a_port_is_taken_while_a_program_listens_on_it() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = int(listener.getsockname()[1])
        assert doctor.taken(port)
    assert not doctor.taken(port)


def test_every_finding_that_is_not_good_says_what_to_do(home: Home) -> None:
    findings = doctor.examine(home)
    assert {"user", "memory", "cgroups", "overlayfs", "tools", "packages"} <= {finding.name for finding in findings}
    assert all(finding.needed and finding.remedy for finding in findings if not finding.good)
