"""The client of MinIO's admin API, as the plugin calls it: from many threads at once."""

import os
import subprocess
import sys

from host.cache import REPOSITORY

AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from components.object_store import admin
barrier, alone = Barrier(16), []

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "minio":
            alone.append(admin._IMPORTING.locked())

def made(_):
    barrier.wait()
    with admin.admin_of("http://127.0.0.1:1", ""):
        return True

sys.meta_path.insert(0, Watch())
with ThreadPoolExecutor(16) as threads:
    assert all(threads.map(made, range(16)))
assert alone
assert all(alone)
"""


def test_accounts_made_at_once_could_not_import_their_client() -> None:
    """Python gives a thread a half-imported module where two threads import a package with cycles from two ends. That is
    seldom, so each import is looked at: none is outside the lock.
    """
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "of-a-test"}
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE],
        cwd=REPOSITORY,
        env={**os.environ, **keys},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
