"""A gateway as its pod runs it, on loopback, before a model server that notes what it is asked."""

import asyncio
import hashlib
import http.client
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest
import uvicorn

from workloads.inference.app.callers import Callers
from workloads.inference.app.gateway import configuration
from workloads.inference.app.limits import Limits
from workloads.inference.app.proxy import Proxy
from workloads.inference.app.recorder import Recorder
from workloads.inference.app.segments import Head
from workloads.inference.app.shipper import Shipper
from workloads.inference.app.spool import Spool
from workloads.inference.app.upstream import ModelServer
from workloads.protection.app.locked import LockedStore

KEY, OTHER = "aif_" + "k" * 43, "aif_" + "o" * 43
MODEL = "d" * 64


@dataclass
class Upstream:
    """What stands for vLLM: it answers at once, or when it is let."""

    paths: list[str] = field(default_factory=list[str])
    bodies: list[bytes] = field(default_factory=list[bytes])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    go: threading.Event = field(default_factory=threading.Event)
    broken: threading.Event = field(default_factory=threading.Event)
    """Set when a client of its own left before it was answered."""
    port: int = 0


class Shelf(LockedStore):
    """A store that keeps nothing: how records reach the vault is tested elsewhere."""

    def __init__(self) -> None:
        pass

    def last(self, prefix: str) -> str:
        del prefix
        return ""


@dataclass
class Running:
    """A gateway that answers."""

    port: int
    spool: Path
    upstream: Upstream
    proxy: Proxy
    callers: Path

    def ask(
        self, method: str, path: str, body: bytes = b"", key: str = KEY, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and content of an answer. The path is sent as it is written."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        named = {"Authorization": f"Bearer {key}"} if key else {}
        connection.putrequest(method, path, skip_host=False)
        for name, value in {**named, **headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return found

    def records(self) -> list[dict[str, object]]:
        """Every record on disk, each a line of strict JSON."""

        def refuse(text: str) -> object:
            raise ValueError(text)

        lines = [
            line for path in sorted(self.spool.rglob("*")) if path.is_file() for line in path.read_bytes().split(b"\n")
        ]
        return [
            cast("dict[str, object]", json.loads(line, parse_constant=refuse))
            for line in lines
            if line.startswith(b"{")
        ]


def serve(upstream: Upstream) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b'{"object": "list", "data": []}' if self.path == "/v1/models" else b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            upstream.bodies.append(body)
            upstream.headers.append({name.lower(): value for name, value in self.headers.items()})
            if b"wait" in body:
                # Until the test lets it, or the one who asked is gone.
                self.connection.settimeout(0.05)
                while not upstream.go.is_set():
                    with suppress(TimeoutError):
                        if not self.connection.recv(1):
                            upstream.broken.set()
                            return
            self._answer(b'{"choices": [{"text": "answer"}]}')

        def _answer(self, content: bytes) -> None:
            upstream.paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    upstream.port = int(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def caller(key: str, expires: str | None = None) -> dict[str, str | None]:
    return {"sha256": hashlib.sha256(key.encode()).hexdigest(), "expires": expires}


@contextmanager
def started(folder: Path, server_port: int, limits: Limits, callers: Path) -> Generator[tuple[int, Proxy]]:
    """A gateway's port, and itself, before the model server at a port of loopback."""
    spool = Spool(folder / "spool", MODEL)
    shipper = Shipper(spool, MODEL, Shelf(), Shelf())
    # Nothing is shipped while a test looks: what is asked of it stays on disk.
    spool.ship = lambda keep, resume: 0  # type: ignore[method-assign]
    proxy = Proxy(
        model_digest=MODEL,
        root=folder / "spool",
        recorder=Recorder(spool.append),
        shipper=shipper,
        server=ModelServer(f"http://127.0.0.1:{server_port}", limits.most_requests),
        callers=Callers(callers),
        limits=limits,
    )
    running = uvicorn.Server(configuration(proxy, "127.0.0.1", 0))
    thread = threading.Thread(target=asyncio.run, args=(running.serve(),), daemon=True)
    thread.start()
    while not running.started and thread.is_alive():
        thread.join(0.02)
    try:
        yield int(running.servers[0].sockets[0].getsockname()[1]), proxy
    finally:
        running.should_exit = True
        thread.join(30)


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[Running]:
    upstream = Upstream()
    server = serve(upstream)
    callers = tmp_path / "callers.json"
    callers.write_text(json.dumps({"team": caller(KEY), "other": caller(OTHER, "2001-01-01T00:00:00+00:00")}))
    with started(tmp_path, upstream.port, Limits(most_requests=8), callers) as (port, proxy):
        try:
            yield Running(port=port, spool=tmp_path / "spool", upstream=upstream, proxy=proxy, callers=callers)
        finally:
            upstream.go.set()
    server.shutdown()
    server.server_close()


__all__ = ["Head", "gateway"]
