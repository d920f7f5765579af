"""The base of all images, built twice: what another machine would build is the same, to the byte. Long."""

import sys
import tempfile
from pathlib import Path

import pytest

from host.progress import Progress
from image_build import base
from image_build.base import Base


def test_a_base_that_is_built_again_elsewhere_has_the_same_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    indexes: list[bytes] = []
    # On a disk: it takes gigabytes, more than a memory-backed folder may have.
    with tempfile.TemporaryDirectory(prefix="aif-", dir="/var/tmp") as name:
        for place in ("one", "another-one"):
            folder = Path(name) / place
            folder.mkdir()
            # Another checkout's environment: the path of its interpreter must not show.
            (folder / "python3").symlink_to(sys.executable)
            monkeypatch.setattr(sys, "executable", str(folder / "python3"))
            monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
            made = Base.read()
            base.build(made, Progress())
            indexes.append((made.folder / "index.json").read_bytes())
    assert indexes[0] == indexes[1]
