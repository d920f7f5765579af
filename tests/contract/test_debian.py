"""What a machine's owner must give: root, and packages also where another program has apt at that moment."""

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# A program that no machine has, of a package that every Debian has: nothing changes.
INSTALL = """
from host.debian import install
from host.progress import Progress
install(Progress(), {"/no/such/program": "util-linux"})
"""

NOBODY = 65534
# Programs may lie where only root may look: it becomes another user once it has read them.
WITHOUT_ROOT = f"""
import os, sys
import lab.target
from cli.__main__ import main
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
sys.exit(main())
"""


def test_a_user_who_is_not_root_is_told_so_also_where_they_may_not_look() -> None:
    with tempfile.TemporaryDirectory(prefix="aif-", dir="/var/tmp") as name:
        hidden, own = Path(name, "hidden"), Path(name, "own")
        hidden.mkdir(mode=0o700)
        own.mkdir()
        os.chown(own, NOBODY, NOBODY)
        Path(name).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_ROOT, "up"],
            env={**os.environ, "AIFACTORY_HOME": str(own / "lab"), "XDG_CACHE_HOME": str(hidden / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        assert f"user id = {NOBODY}: " in done.stderr
        assert "sudo make up" in done.stderr
        assert [path for path in own.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("lock", ["/var/lib/apt/lists/lock", "/var/lib/dpkg/lock-frontend"])
def test_a_lock_of_apt_is_waited_for(lock: str) -> None:
    with Path(lock).open("a") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        with subprocess.Popen([sys.executable, "-uc", INSTALL], stdout=subprocess.PIPE, text=True) as begun:
            assert begun.stdout is not None
            assert "waiting for it" in "".join(begun.stdout.readline() for _ in range(2))
            fcntl.lockf(held, fcntl.LOCK_UN)
            assert begun.wait() == 0, begun.stdout.read()
