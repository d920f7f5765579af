"""Downloads: what passes by itself is tried again, not for ever; what the user has to remedy ends the run at once."""

import gzip
import socket
import threading
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.apps.pipeline.conftest import Stages
from workloads.pipeline.app import download
from workloads.pipeline.app.download import ATTEMPTS, Downloads
from workloads.stage.app.error import StageError, Unavailable

BODY = b"a body of some length\n" * 100
Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes = BODY, headers: dict[str, str] | None = None, sent: int | None = None) -> Answer:
    """An answer whose body ends after `sent` bytes, where given, and its connection with it."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body[:sent])
        handler.close_connection = True

    return send


def drop(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


class Server:
    """Gives a path's answers one after another, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                left = outer.answers.get(self.path, [answer(404)])
                (left.pop(0) if len(left) > 1 else left[0])(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    found = Server()
    thread = threading.Thread(target=found.server.serve_forever)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def downloads(pauses: list[float]) -> Generator[Downloads]:
    with Downloads(pauses.append) as made:
        yield made


@pytest.mark.parametrize(
    "trouble",
    [answer(500), answer(503), answer(599), answer(429), answer(200, sent=100), answer(200, sent=0), drop],
    ids=["500", "503", "599", "429", "cut-off", "no-body", "dropped"],
)
def test_a_server_that_recovers_was_the_users_fault(
    server: Server, downloads: Downloads, pauses: list[float], tmp_path: Path, trouble: Answer
) -> None:
    server.answers["/a"] = [trouble, trouble, answer(200)]
    downloads.fetch(f"{server.url}/a", tmp_path / "a", None)
    assert (tmp_path / "a").read_bytes() == BODY
    assert pauses == [1, 2]


def test_a_chunked_body_that_was_cut_off_is_fetched_again(server: Server, downloads: Downloads, tmp_path: Path) -> None:
    def cut_off(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"5\r\nabcde\r\n")
        handler.close_connection = True

    server.answers["/a"] = [cut_off, answer(200)]
    downloads.fetch(f"{server.url}/a", tmp_path / "a", None)
    assert (tmp_path / "a").read_bytes() == BODY


def test_a_server_that_stays_broken_is_given_up_as_what_may_pass(
    server: Server, downloads: Downloads, pauses: list[float], tmp_path: Path
) -> None:
    server.answers["/a"] = [answer(503)]
    with pytest.raises(Unavailable, match=f"/a: not fetched after {ATTEMPTS} attempts: HTTP 503"):
        downloads.fetch(f"{server.url}/a", tmp_path / "a", None)
    assert (len(server.asked), pauses) == (ATTEMPTS, [1, 2, 4, 8])


def test_nobody_listening_is_given_up_as_what_may_pass(downloads: Downloads, tmp_path: Path) -> None:
    with socket.socket() as bound:
        # Bound and not listening: connections are refused, and nobody else takes the port.
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="refused"):
            downloads.fetch(f"http://127.0.0.1:{bound.getsockname()[1]}/a", tmp_path / "a", None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_what_the_user_has_to_remedy_is_asked_once(
    server: Server, downloads: Downloads, tmp_path: Path, status: int
) -> None:
    server.answers["/a"] = [answer(status)]
    with pytest.raises(StageError, match=f"HTTP {status}"):
        downloads.fetch(f"{server.url}/a", tmp_path / "a", None)
    assert len(server.asked) == 1


def test_redirects_that_never_end_and_lead_astray_are_the_users(
    server: Server, downloads: Downloads, tmp_path: Path
) -> None:
    server.answers["/loop"] = [answer(302, headers={"Location": "/loop"})]
    server.answers["/astray"] = [answer(302, headers={"Location": "ftp://127.0.0.1/a"})]
    for path in ("/loop", "/astray"):
        with pytest.raises(StageError):
            downloads.fetch(f"{server.url}{path}", tmp_path / "a", None)


@pytest.mark.parametrize("kind", ["seconds", "date"])
def test_retry_after_was_not_honoured(
    server: Server, downloads: Downloads, pauses: list[float], tmp_path: Path, kind: str
) -> None:
    value = "60" if kind == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.answers["/a"] = [answer(503, headers={"Retry-After": value}), answer(200)]
    downloads.fetch(f"{server.url}/a", tmp_path / "a", None)
    (pause,) = pauses
    assert pause == 60 if kind == "seconds" else 0 < pause <= 60


@pytest.mark.parametrize("value", ["", "soon", "-1", "Wed, 99 Foo 2026"])
def test_a_retry_after_that_is_none_is_passed_over(
    server: Server, downloads: Downloads, pauses: list[float], tmp_path: Path, value: str
) -> None:
    server.answers["/a"] = [answer(503, headers={"Retry-After": value}), answer(200)]
    downloads.fetch(f"{server.url}/a", tmp_path / "a", None)
    assert pauses == [1]


def test_a_server_that_asks_to_wait_for_days_is_given_up_at_once(
    server: Server, downloads: Downloads, pauses: list[float], tmp_path: Path
) -> None:
    server.answers["/a"] = [answer(429, headers={"Retry-After": "86400"})]
    with pytest.raises(Unavailable, match="asks to wait 86400 s"):
        downloads.fetch(f"{server.url}/a", tmp_path / "a", None)
    assert (len(server.asked), pauses) == (1, [])


def test_no_more_is_fetched_than_there_is_room_for(server: Server, downloads: Downloads, tmp_path: Path) -> None:
    server.answers["/a"] = [answer(200, bytes(8 << 20))]
    downloads.fetch(f"{server.url}/a", tmp_path / "a", 1000)
    assert 1000 < (tmp_path / "a").stat().st_size < 1 << 20


def test_urls_are_read_by_the_endings_of_their_paths(stages: Stages, server: Server) -> None:
    lines = gzip.compress(b'{"text": "one"}\n')
    server.answers |= {
        "/a.jsonl.gz?sig=a.txt": [answer(503, headers={"Retry-After": "0"}), answer(200, lines)],
        # The server undoes a compression on the way that the name still has.
        "/b.jsonl.gz": [answer(200, lines, {"Content-Encoding": "gzip"})],
        "/c.txt": [answer(200, b"plain")],
    }
    urls = [f"{server.url}{path}" for path in server.answers]
    assert stages.ingest(urls).code == 0
    assert stages.snapshot() == {f"{urls[0]}:1": b"one", f"{urls[1]}:1": b"one", urls[2]: b"plain"}


def test_a_broken_server_and_a_wrong_url_have_different_exit_codes(
    stages: Stages, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    server.answers["/a"] = [answer(503)]
    broken, wrong = stages.ingest(f"{server.url}/a"), stages.ingest(f"{server.url}/b")
    assert (broken.code, wrong.code) == (1, 2)
    assert [done.errors.count("\n") for done in (broken, wrong)] == [1, 1]
    assert "correct or remove the URL" in wrong.errors
