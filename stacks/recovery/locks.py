"""Locks that a killed deployment left in a state backend of files."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from stacks.recovery.errors import RecoveryError

SCHEME = "file://"


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who holds a lock, as its file says."""

    pid: int
    host: str
    user: str
    since: str

    @property
    def alive(self) -> bool:
        """Whether it is, on this machine, an engine that runs. Its number may be another program's by now."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return False
        name, _, rest = stat.partition("(")[2].rpartition(")")
        # A zombie was killed, and only waits for its parent to hear of it.
        return name.startswith("pulumi") and rest.split()[0] != "Z"


def break_stale(backend: str, stack: str) -> list[str]:
    """Removes the locks of a stack whose holders are gone; returns a line for each.

    A backend that is no folder is left alone. Raises RecoveryError where a holder is at work, or on another machine.
    """
    if not backend.startswith(SCHEME):
        return []
    # <backend>/.pulumi/locks/<organization>/<project>/<stack>/<id>.json
    root = Path(backend.removeprefix(SCHEME)).expanduser() / ".pulumi" / "locks"
    done: list[str] = []
    for lock in sorted(root.glob(f"*/*/{stack}/*.json")):
        holder = _holder(lock)
        if holder.host != socket.gethostname():
            raise RecoveryError(
                f"{stack}: locked by {holder.user}@{holder.host} (process {holder.pid}) since {holder.since}, which cannot be "
                f"looked at from {socket.gethostname()}: wait for it, or, where it is gone, `pulumi cancel --stack {stack}`"
            )
        if holder.alive:
            raise RecoveryError(
                f"{stack}: process {holder.pid} of {holder.user} has been deploying it since {holder.since}: "
                f"wait until it has ended, or end it (kill {holder.pid})"
            )
        lock.unlink(missing_ok=True)
        lock.with_name(lock.name + ".attrs").unlink(missing_ok=True)
        done.append(f"broke the lock of process {holder.pid}, which is gone (since {holder.since})")
    return done


def _holder(lock: Path) -> Holder:
    try:
        output = cast("dict[str, object]", json.loads(lock.read_text() or "{}"))
    except ValueError:
        # Killed while it was written.
        output = {}
    here = socket.gethostname()
    return Holder(
        pid=int(str(output.get("pid", 0))),
        host=str(output.get("hostname", here)),
        user=str(output.get("username", os.environ.get("USER", ""))),
        since=str(output.get("timestamp", "an unknown time")),
    )
