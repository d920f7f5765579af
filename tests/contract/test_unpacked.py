"""The base that labs share, by a real containerd: linked, yet each lab's own."""

import os
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from components.errors import FactoryError
from host.progress import Progress
from image_build import layers
from image_build.base import Base
from lab.images import containerd, unpacked

OWNER = 65532


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Base:
    """A small one, in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Base.read()
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin" / "program").write_text("program\n")
    (tree / "bin" / "program").chmod(0o4755)
    os.chown(tree / "bin", OWNER, OWNER)
    layer = layers.write(made.folder, ["tar", "--create", "--directory", str(tree), "bin"])
    layers.finish(made.folder, made.name, [layer], {"User": f"{OWNER}"})
    return made


@pytest.fixture
def other_disk() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="aif-", dir="/dev/shm") as name:
        yield Path(name)


def node(base: Base, folder: Path) -> Path:
    """What a lab does before its node runs for the first time."""
    folder.mkdir()
    unpacked.build(base, folder, Progress())
    unpacked.place(base, folder / "containerd", Progress())
    return folder / "containerd"


def program(root: Path) -> Path:
    (found,) = root.glob("io.containerd.snapshotter.v1.overlayfs/snapshots/*/fs/bin/program")
    return found


def test_labs_share_files_and_neither_what_containerd_knows(base: Base, tmp_path: Path) -> None:
    one, other = node(base, tmp_path / "one"), node(base, tmp_path / "other")
    kept = program(unpacked.folder(base)).stat()
    for root in (one, other):
        found = program(root)
        assert (found.stat().st_ino, found.stat().st_mode & 0o7777) == (kept.st_ino, 0o4755)
        assert (found.parent.stat().st_uid, found.parent.stat().st_gid) == (OWNER, OWNER)
    databases = [path for root in (one, other, unpacked.folder(base)) for path in root.glob("*/*.db")]
    assert len({path.stat().st_ino for path in databases}) == len(databases) == 6
    with containerd.running(one) as socket:
        assert base.name in containerd.held(socket)
        remove = ("ctr", "--address", str(socket), "--namespace", "k8s.io", "images", "remove", "--sync", base.name)
        subprocess.run(remove, check=True, capture_output=True)
        assert not containerd.held(socket)
    with containerd.running(other) as socket:
        assert base.name in containerd.held(socket)
    assert program(other).read_text() == program(unpacked.folder(base)).read_text() == "program\n"
    # It has been unpacked once, and its layers are in the cache once.
    blobs = [path for path in (base.folder / "blobs" / "sha256").iterdir() if path.stat().st_nlink == 1]
    assert blobs == []


def test_a_placing_that_was_killed_is_begun_again(base: Base, tmp_path: Path) -> None:
    (tmp_path / "lab" / "containerd.partial" / "left").mkdir(parents=True)
    unpacked.build(base, tmp_path / "lab", Progress())
    unpacked.place(base, tmp_path / "lab" / "containerd", Progress())
    assert not (tmp_path / "lab" / "containerd" / "left").exists()
    assert program(tmp_path / "lab" / "containerd").exists()


def test_a_node_that_has_run_keeps_what_it_has(base: Base, tmp_path: Path) -> None:
    (tmp_path / "lab" / "containerd").mkdir(parents=True)
    unpacked.build(base, tmp_path / "lab", Progress())
    unpacked.place(base, tmp_path / "lab" / "containerd", Progress())
    assert list((tmp_path / "lab" / "containerd").iterdir()) == []


def test_where_links_do_not_reach_nothing_is_made(base: Base, other_disk: Path) -> None:
    assert not node(base, other_disk / "lab").exists()
    assert not unpacked.folder(base).exists()


def test_an_import_that_fails_leaves_nothing_and_says_why(base: Base, tmp_path: Path) -> None:
    index = base.folder / "index.json"
    whole = index.read_bytes()
    index.write_bytes(whole.replace(b"sha256:", b"sha256:0"))
    with pytest.raises(FactoryError, match=r"an image could not be imported: .* failed validation"):
        node(base, tmp_path / "lab")
    assert [path.name for path in base.folder.parent.iterdir()] == [base.folder.name]
    index.write_bytes(whole)
    unpacked.build(base, tmp_path / "lab", Progress())
    assert program(unpacked.folder(base)).exists()
