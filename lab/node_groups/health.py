"""Whether a program that works in passes still does, answered over HTTP."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

# Seconds without a pass that succeeded until the program no longer counts as healthy.
STALE = 30.0


class Health:
    """What the last passes came to."""

    def __init__(self) -> None:
        self._succeeded = float("-inf")
        self.output = "no pass yet"

    def succeeded(self, output: str = "ok") -> None:
        """Notes a pass, and what is to be known of it."""
        self._succeeded, self.output = time.monotonic(), output

    def failed(self, why: str) -> None:
        """Notes why a pass did not succeed."""
        self.output = why

    @property
    def healthy(self) -> bool:
        return time.monotonic() - self._succeeded < STALE


def serve(health: Health, address: str, port: int) -> None:
    """Answers every GET with 200 or 503 and the last word, beside the caller's own work."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (health.output + "\n").encode()
            self.send_response(200 if health.healthy else 503)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the lab asks every second."""

    Thread(target=ThreadingHTTPServer((address, port), Handler).serve_forever, daemon=True).start()
