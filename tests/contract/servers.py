"""The servers that the plugins are tested against, each on a free port of the loopback."""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer

from tests.contract.deployment import NO_ACCOUNT

MOTO = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}


@contextmanager
def moto() -> Generator[str]:
    """A moto, and credentials of nobody in this process; its endpoint."""
    kept = dict(os.environ)
    os.environ.update({**MOTO, **NO_ACCOUNT})
    # A line for each request says nothing to a test's reader.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        os.environ.clear()
        os.environ.update(kept)
