"""The servers that the plugins are tested against, each on a free port of the loopback."""

import io
import logging
import os
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from threading import Thread
from typing import Protocol, cast

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.contract.deployment import NO_ACCOUNT

MOTO = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
# How a request says that it makes something: EC2's and IAM's form, KMS's header, EKS's path.
MAKING = (b"Action=Create", b"Action=Attach", b"Action=Associate")


class Wsgi(Protocol):
    """A web application."""

    def __call__(self, environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]: ...


class Slow:
    """An application whose answers come late where something was made: AWS has made it long before it says so."""

    def __init__(self, app: Wsgi, latency: float) -> None:
        self._app, self._latency = app, latency

    def __call__(self, environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
        length = int(str(environ.get("CONTENT_LENGTH") or 0))
        body = cast("io.BytesIO", environ["wsgi.input"]).read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        answer = list(self._app(environ, start_response))
        if self._makes(environ, body):
            time.sleep(self._latency)
        return answer

    def _makes(self, environ: dict[str, object], body: bytes) -> bool:
        path = str(environ["PATH_INFO"])
        return (
            body.startswith(MAKING)
            or "Create" in str(environ.get("HTTP_X_AMZ_TARGET", ""))
            or (environ["REQUEST_METHOD"] == "POST" and path.endswith(("/clusters", "/node-groups")))
        )


@contextmanager
def moto(latency: float = 0) -> Generator[str]:
    """A moto, and credentials of nobody in this process; its endpoint. `latency` is in seconds, of whatever makes something."""
    kept = dict(os.environ)
    os.environ.update({**MOTO, **NO_ACCOUNT})
    # A line for each request says nothing to a test's reader.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = cast("Wsgi", DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, Slow(app, latency), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        os.environ.clear()
        os.environ.update(kept)
