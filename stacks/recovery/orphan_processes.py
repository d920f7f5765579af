"""Plugins and programs of a killed engine that still work: what they make now must be there before one looks for it."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

# The variable that the engine hands to everything it starts, and that says whose deployment a process belongs to.
BACKEND = "PULUMI_BACKEND_URL"
# Seconds for a call in flight to end; a client's own timeouts are shorter.
PATIENCE = 90
PACE = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A process of this user."""

    pid: int
    parent: int
    name: str
    command: str
    backend: str

    @property
    def part(self) -> bool:
        """Whether it is a plugin, a language host or a policy pack."""
        return any(word in self.command for word in ("pulumi-", "lab.plugins", "pulumi_plugin.", "pulumi.policy"))


def end(backend: str) -> list[str]:
    """Ends what an engine that is gone has left behind, each after the call it is in; returns a line for each."""
    left = _orphans(backend)
    done = [f"ended process {stray.pid}, left behind by a killed engine" for stray in left]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for stray in left:
            _signal(stray.pid, number)
        until = time.monotonic() + PATIENCE
        while left and time.monotonic() < until:
            time.sleep(PACE)
            left = _orphans(backend)
    return done


def _orphans(backend: str) -> list[Process]:
    seen = {process.pid: process for process in _processes()}

    def of_an_engine(process: Process) -> bool:
        above = seen.get(process.parent)
        return above is not None and (above.name.startswith("pulumi") or of_an_engine(above))

    return [
        process
        for process in seen.values()
        if process.backend == backend and process.part and process.name != "pulumi" and not of_an_engine(process)
    ]


def _processes() -> list[Process]:
    found: list[Process] = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            stat = (folder / "stat").read_text()
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            # It ended meanwhile, or is another user's.
            continue
        name, _, rest = stat.partition("(")[2].rpartition(")")
        fields = rest.split()
        if fields[0] == "Z":
            continue
        mark = f"{BACKEND}=".encode()
        backend = next((entry[len(mark) :].decode() for entry in environment if entry.startswith(mark)), "")
        found.append(Process(pid=int(folder.name), parent=int(fields[1]), name=name, command=command, backend=backend))
    return found


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
