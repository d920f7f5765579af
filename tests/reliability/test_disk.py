"""A disk that fills up while something is made on it: it is said, and nothing is lost. Long: `make reliability` runs it."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

from host.cache import user_cache
from image_build.base import Base
from lab.images import unpacked
from tests.lab.conftest import RECIPE, Lab
from tests.lab.test_lab import complete, rows

# As tools and programs name it, and we. No path here may have these words.
FULL = re.compile("no space left|disk is full|disk of .* is full|StorageFull", re.IGNORECASE)
# Bytes that a full disk still has.
LEFT = 1 << 20


@pytest.fixture
def small_disk() -> Generator[Path]:
    """A file system of its own, which a test may fill; it takes of the machine's what is written to it."""
    folder = Path(tempfile.mkdtemp(prefix="aif-", dir="/var/tmp"))
    disk, image = folder / "small", folder / "image"
    disk.mkdir()
    with image.open("wb") as made:
        made.truncate(64 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(disk)], check=True)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)
    shutil.rmtree(folder)


def fill(disk: Path) -> None:
    """Until `free`."""
    # Whoever is at work may take some of it meanwhile: then it is as full.
    with (disk / "filler").open("wb") as file, suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - LEFT)


def free(disk: Path) -> None:
    (disk / "filler").unlink(missing_ok=True)


def refused(lab: Lab, disk: Path, step: str, *command: str) -> None:
    """The disk is full as soon as a step begins; the command says so and ends."""
    output = ""
    with lab.begin(*command) as running:
        assert running.stdout is not None
        for line in running.stdout:
            output += line
            if f"...    {step}" in line:
                fill(disk)
    assert running.returncode == 1, output
    assert f"...    {step}" in output, output
    assert "Traceback" not in output
    assert FULL.search(output.rpartition("error: ")[2]), output
    free(disk)


def test_a_disk_that_fills_up_in_any_phase_is_said_and_the_next_up_goes_on(small_disk: Path) -> None:
    lab = Lab(small_disk / "lab")
    try:
        for step in ("service: kube-apiserver", "image: base of the workloads", "pulumi: lab.workloads", "run "):
            refused(lab, small_disk, step, "up", "--recipe", str(RECIPE))
        lab.up()
        for row in rows(lab.status(), "protection")[:3]:
            assert (row["copies"], row["errors"]) == (3, 0)
        assert complete(lab, "import os\n")[0]
    finally:
        free(small_disk)
        lab.run("down")


def test_a_disk_that_fills_up_while_the_cache_is_made_is_said_and_the_next_fetch_goes_on(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools, lab = user_cache() / "toolchain", Lab(small_disk / "lab")
    monkeypatch.setenv("XDG_CACHE_HOME", str(small_disk / "cache"))
    cache = user_cache()
    for step in ("toolchain: etcd", "toolchain: pulumi"):
        refused(lab, small_disk, step, "fetch")
    # The first is enough to see that it goes on: the others are taken from where they are.
    shutil.rmtree(cache / "toolchain")
    (cache / "toolchain").symlink_to(tools)
    for step in ("image: Debian root", "image: torch", "image: layers"):
        refused(lab, small_disk, step, "fetch")
    assert not list((cache / "images").glob("*"))
    base = Base.read()
    refused(lab, small_disk, "image: unpacked", "fetch")
    assert list((cache / "images").glob("*")) == [base.folder]
    done = lab.run("fetch")
    assert done.returncode == 0, done.stderr
    assert set((cache / "images").glob("*")) == {base.folder, unpacked.folder(base)}
