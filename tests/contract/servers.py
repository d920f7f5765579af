"""The servers that the plugins are tested against, each on a free port of the loopback."""

import base64
import io
import logging
import os
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Protocol, cast

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from lab.node.program import answers
from lab.toolchain.install import Toolchain
from tests.contract.deployment import NO_ACCOUNT

MOTO = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
# Seconds between two looks at a server that is starting.
PACE = 0.05
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


@contextmanager
def minio(disk: Path) -> Generator[str]:
    """A MinIO on a folder, with NO_ACCOUNT's credentials; its endpoint."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        **os.environ,
        "HOME": str(disk),
        "MINIO_BROWSER": "off",
        "MINIO_ROOT_USER": NO_ACCOUNT["AWS_ACCESS_KEY_ID"],
        "MINIO_ROOT_PASSWORD": NO_ACCOUNT["AWS_SECRET_ACCESS_KEY"],
        "MINIO_KMS_SECRET_KEY": f"test:{base64.b64encode(bytes(32)).decode()}",
    }
    command = [str(Toolchain().path("minio")), "server", "--quiet", "--address", address, str(disk / "data")]
    with (disk / "said").open("wb") as said:
        server = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    healthy = answers(f"http://{address}/minio/health/ready")
    try:
        while not healthy():
            assert server.poll() is None, (disk / "said").read_text()
            time.sleep(PACE)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()
