"""One lab for all tests that need one, in a folder of its own, ended also when a test fails."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

Lab = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def home() -> Generator[Path]:
    # Short, because unix sockets lie in it.
    folder = Path(tempfile.mkdtemp(prefix="aif-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def lab(home: Path) -> Generator[Lab]:
    """Runs one command of the lab's command line."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lab", *arguments],
            env={**os.environ, "AIFACTORY_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )

    yield run
    run("down")
