"""Packages where another program has apt at that moment: a first boot's upgrade, or another clone's `make up`."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

# A program that no machine has, of a package that every Debian has: nothing changes.
INSTALL = """
from lab.debian import install
from lab.progress import Progress
install(Progress(), {"/no/such/program": "util-linux"})
"""


@pytest.mark.parametrize("lock", ["/var/lib/apt/lists/lock", "/var/lib/dpkg/lock-frontend"])
def test_a_lock_of_apt_is_waited_for(lock: str) -> None:
    with Path(lock).open("a") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        with subprocess.Popen([sys.executable, "-uc", INSTALL], stdout=subprocess.PIPE, text=True) as begun:
            assert begun.stdout is not None
            assert "waiting for it" in "".join(begun.stdout.readline() for _ in range(2))
            fcntl.lockf(held, fcntl.LOCK_UN)
            assert begun.wait() == 0, begun.stdout.read()
