"""A moto whose answers come late: `python -m tests.contract.late_moto SECONDS`; its first line is where it answers."""

import io
import logging
import sys
import time
from collections.abc import Callable, Iterable
from typing import Protocol, cast

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

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


def main() -> None:
    """Serves on a free port of loopback until it is ended."""
    # A line for each request says nothing to a test's reader.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = cast("Wsgi", DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, Slow(app, float(sys.argv[1])), threaded=True)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
