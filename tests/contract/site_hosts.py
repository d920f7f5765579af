"""A store of the test's own on loopback, reached only as a user's is: by endpoint and profile."""

import os
import secrets
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from toolchain.install import Toolchain

READY = 90
PACE = 0.1


@dataclass(frozen=True, slots=True)
class Account:
    """What reaches a store."""

    endpoint: str
    user: str
    password: str


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def store(folder: Path) -> Generator[Account]:
    """A MinIO with credentials of its own."""
    port, user, password = free_port(), secrets.token_hex(8), secrets.token_hex(16)
    environment = {
        "MINIO_ROOT_USER": user,
        "MINIO_ROOT_PASSWORD": password,
        "MINIO_BROWSER": "off",
        "HOME": str(folder),
    }
    command = [Toolchain().path("minio"), "server", "--quiet", "--address", f"127.0.0.1:{port}", folder / "disk"]
    endpoint = f"http://127.0.0.1:{port}"
    with _running(command, folder / "minio.log", environment, lambda: _answers(f"{endpoint}/minio/health/ready")):
        yield Account(endpoint, user, password)


@contextmanager
def _running(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str], ready: Callable[[], bool]
) -> Generator[None]:
    with log.open("w") as stream:
        process = subprocess.Popen(
            [str(part) for part in command], env={**os.environ, **environment}, stdout=stream, stderr=stream
        )
    try:
        paced = Event()
        for _ in range(int(READY / PACE)):
            assert process.poll() is None, log.read_text()[-2000:]
            if ready():
                break
            paced.wait(PACE)
        else:
            raise AssertionError(log.read_text()[-2000:])
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False
