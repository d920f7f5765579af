"""HashiCorp Vault's transit engine as far as Pulumi asks it; Vault itself can be had neither as a Go module nor as a package."""

import base64
import json
import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from cryptography.fernet import Fernet, InvalidToken

PREFIX = "vault:v1:"


@dataclass
class Transit:
    """One key, and what was asked of it."""

    url: str
    token: str
    asked: list[str] = field(default_factory=list[str])


@contextmanager
def serving() -> Generator[Transit]:
    """Serves on loopback: only with its token, and what it encrypted only it decrypts."""
    fernet, token = Fernet(Fernet.generate_key()), secrets.token_hex(16)

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            transit.asked.append(self.path)
            if self.headers["X-Vault-Token"] != token:
                self._answer(403, {"errors": ["permission denied"]})
            elif "/encrypt/" in self.path:
                made = fernet.encrypt(base64.b64decode(asked["plaintext"])).decode()
                self._answer(200, {"data": {"ciphertext": PREFIX + made}})
            else:
                try:
                    opened = fernet.decrypt(str(asked["ciphertext"]).removeprefix(PREFIX))
                    self._answer(200, {"data": {"plaintext": base64.b64encode(opened).decode()}})
                except InvalidToken:
                    self._answer(400, {"errors": ["invalid ciphertext"]})

        do_POST = do_PUT

        def log_message(self, format: str, *args: object) -> None:
            return

        def _answer(self, status: int, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = cast("tuple[str, int]", server.server_address)
    transit = Transit(f"http://127.0.0.1:{address[1]}", token)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield transit
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
