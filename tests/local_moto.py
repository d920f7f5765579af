"""moto inside of a test's own process: AWS's control plane for what only asks."""

from collections.abc import Generator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer


@contextmanager
def local_moto() -> Generator[str]:
    """Its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
