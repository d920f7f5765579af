"""The benchmarks of a running lab, with a local process in place of a container: what they send, read, refuse and take down."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from benchmarks import gateway, training
from benchmarks.factory import Factory
from benchmarks.record import Failed, NotAtHand, Record
from cli.home import Home

Asked = list[tuple[str, ...]]


@pytest.fixture
def factory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Factory:
    """A lab whose containers are processes of this machine."""

    def kubectl(self: Factory, *arguments: str) -> list[str]:
        return [sys.executable, *arguments[arguments.index("python3") + 1 :]]

    made = Factory(Home(tmp_path))
    monkeypatch.setattr(Factory, "kubectl", kubectl)
    monkeypatch.setattr(Factory, "image", "image@sha256:1")
    monkeypatch.setattr(Factory, "running", staticmethod(_always(made)))
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What kubectl is asked beside running scripts."""
    seen: Asked = []

    def ask(self: Factory, *arguments: str, given: str | None = None) -> str:
        seen.append(arguments)
        return ""

    monkeypatch.setattr(Factory, "ask", ask)
    return seen


def _always(made: Factory) -> Callable[[], Factory]:
    return lambda: made


class Answers(BaseHTTPRequestHandler):
    """A model server that says nothing, at once."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """A line for each request says nothing here."""


@contextmanager
def answering() -> Generator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def script(folder: Path, source: str) -> Path:
    path = folder / "script.py"
    path.write_text(source)
    return path


def silent() -> Record:
    return Record(say=lambda line: None, quick=True)


def test_where_no_lab_runs_it_is_said_and_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIFACTORY_HOME", str(tmp_path / "lab"))
    with pytest.raises(NotAtHand, match="make up"):
        Factory.running()
    assert not (tmp_path / "lab").exists()


def test_a_scripts_lines_come_as_it_prints_them(factory: Factory, tmp_path: Path) -> None:
    program = script(tmp_path, "import sys\nprint('one')\nprint(sys.argv[1])\n")
    with factory.script(["pod"], program, "two", limit=30) as lines:
        assert [line.strip() for line in lines] == ["one", "two"]


def test_a_script_that_fails_is_told_with_its_last_words(factory: Factory, tmp_path: Path) -> None:
    program = script(tmp_path, "print('one', flush=True)\nraise SystemExit('no torch here')\n")
    with pytest.raises(Failed, match="no torch here"), factory.script(["pod"], program, limit=30) as lines:
        assert [line.strip() for line in lines] == ["one"]


def test_a_script_that_hangs_is_ended(factory: Factory, tmp_path: Path) -> None:
    program = script(tmp_path, "import time\ntime.sleep(60)\n")
    with pytest.raises(Failed, match="limit 1 s"), factory.script(["pod"], program, limit=1) as lines:
        assert list(lines) == []


def test_gateway_and_model_server_are_set_side_by_side(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    record = silent()
    with answering() as port:
        monkeypatch.setattr(gateway, "PORT", port)
        monkeypatch.setattr(gateway, "SERVER_PORT", port)
        gateway.measure(record)
    assert [one.name for one in record.comparisons] == ["p50, 1 client", "p50, 8 clients", "p50, 32 clients"]
    assert {"added p99, 1 client", "added p99, 8 clients", "added p99, 32 clients"} <= {
        figure.name for figure in record.figures
    }


def training_script(folder: Path, ours: float, bare: float) -> Path:
    found = [
        {"pair": 0, "side": "ours", "tokens_per_second": 97, "loss": ours},
        {"pair": 0, "side": "bare", "tokens_per_second": 100.0, "loss": bare},
    ]
    printed = "".join(f"print({json.dumps(one)!r})\n" for one in found)
    return script(folder, f"print('train: begins')\n{printed}")


def test_training_is_set_beside_the_bare_loop_and_its_pod_is_removed(
    factory: Factory, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SCRIPT", training_script(tmp_path, 5.0, 5.001))
    record = silent()
    training.measure(record)
    (one,) = record.comparisons
    assert one.ratios == (0.97,)
    assert one.goal is not None
    assert one.goal.met(one.ratios[0])
    assert asked[-1][:2] == ("delete", "pod")


def test_sides_that_did_not_do_the_same_are_refused(
    factory: Factory, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SCRIPT", training_script(tmp_path, 5.0, 6.0))
    with pytest.raises(Failed, match="last losses"):
        training.measure(silent())
    assert asked[-1][:2] == ("delete", "pod")
