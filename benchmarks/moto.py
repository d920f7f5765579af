"""One moto for a whole benchmark, emptied before each measurement: it loads its services once, for both sides alike."""

import http.client
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.record import Failed
from lab.services import stores
from tests.support.programs import free_ports, running

REGION = "us-east-1"
# moto takes any account; these keep every client from looking for another.
ACCOUNT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


@dataclass(frozen=True, slots=True)
class Moto:
    """A running one, on loopback."""

    endpoint: str

    def empty(self) -> None:
        """Removes all that stands in it."""
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=60)
        try:
            connection.request("POST", "/moto-api/reset")
            answer = connection.getresponse()
            if answer.status != 200:
                raise Failed(f"moto could not be emptied: status {answer.status}")
        finally:
            connection.close()


@contextmanager
def serving() -> Generator[Moto]:
    """Starts one on a free port, and ends it with the block."""
    (port,) = free_ports(1)
    program = stores.moto("127.0.0.1", port)
    with tempfile.TemporaryDirectory(prefix="bench-moto-") as logs, running([program], Path(logs)):
        yield Moto(program.endpoint)
