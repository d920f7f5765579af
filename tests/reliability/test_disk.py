"""A disk that fills up while a lab is brought up: it is said, and nothing is lost. Long: `make reliability` runs it."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.lab.conftest import RECIPE, Lab
from tests.lab.test_lab import complete, part, rows


@pytest.fixture
def small_disk() -> Generator[Path]:
    """A lab's folder on a file system of its own, which a test may fill."""
    folder = Path(tempfile.mkdtemp(prefix="aif-", dir="/var/tmp"))
    disk, image = folder / "disk", folder / "image"
    disk.mkdir()
    with image.open("wb") as made:
        made.truncate(20 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(disk)], check=True)
    yield disk / "lab"
    subprocess.run(["umount", str(disk)], check=True)
    shutil.rmtree(folder)


def test_a_disk_that_fills_up_in_any_phase_is_said_and_the_next_up_goes_on(small_disk: Path) -> None:
    small_disk.mkdir()
    lab, filler = Lab(small_disk), small_disk / "filler"
    try:
        for step in ("service: kube-apiserver", "image: base of the workloads", "pulumi: lab.workloads", "run "):
            said = ""
            with lab.begin("up", "--recipe", str(RECIPE)) as running:
                assert running.stdout is not None
                for line in running.stdout:
                    said += line
                    if f"...    {step}" in line:
                        free = shutil.disk_usage(small_disk).free
                        with filler.open("wb") as file:
                            os.posix_fallocate(file.fileno(), 0, free - (1 << 20))
            assert running.returncode == 1, said
            assert filler.exists(), said
            assert "Traceback" not in said
            assert re.search("no space left|disk|StorageFull", said, re.IGNORECASE), said
            filler.unlink()
        lab.up()
        for row in rows(lab.status(), "protection")[:3]:
            assert (row["copies"], row["errors"]) == (3, 0)
        assert complete(str(part(lab.status(), "serving")["endpoint"]), "import os\n")[0]
    finally:
        filler.unlink(missing_ok=True)
        lab.run("down")
