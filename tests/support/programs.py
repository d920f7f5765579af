"""Programs of the lab run without its supervisor: on loopback, in a folder of their own, ended by their process ids."""

import os
import socket
import subprocess
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from threading import Event

from lab.node.program import Program
from lab.node.supervisor import on_path

# Seconds that a condition may take; only a test that fails waits so long.
PATIENCE = 120.0
PACE = 0.1
PORTS = range(12000, 30000)


def until(condition: Callable[[], bool], why: Callable[[], str] = str) -> None:
    """Waits for a condition. Fails with what `why` says."""
    paced = Event()
    for _ in range(int(PATIENCE / PACE)):
        if condition():
            return
        paced.wait(PACE)
    raise AssertionError(f"not so after {PATIENCE:.0f} s: {why()}")


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens at.

    They lie below those that Linux gives to outgoing connections: one of these may be taken again before its program listens.
    """
    free: list[int] = []
    for port in SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            free.append(port)
        if len(free) == count:
            return free
    raise AssertionError(f"fewer than {count} ports of {PORTS} are free")


@contextmanager
def running(programs: Sequence[Program], logs: Path) -> Generator[None]:
    """Starts each program when the one before it is healthy, and ends all of them with the block."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        for program in programs:
            log = logs / f"{program.name}.log"
            with log.open("wb") as stream:
                process = subprocess.Popen(
                    # Whatever becomes of the tests, their servers end with them.
                    [str(on_path("setpriv")), "--pdeathsig", "KILL", *(str(part) for part in program.command)],
                    env={**os.environ, **program.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                )
            started.append(process)
            until(_healthy(program, process, log), lambda log=log: _end_of(log))
        yield
    finally:
        # Their state is thrown away with their folder: nothing is gained by an orderly end.
        for process in reversed(started):
            process.kill()
        for process in started:
            process.wait()


def _healthy(program: Program, process: subprocess.Popen[bytes], log: Path) -> Callable[[], bool]:
    def ask() -> bool:
        assert process.poll() is None, f"{program.name} ended with status {process.returncode}: {_end_of(log)}"
        return program.healthy()

    return ask


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]
