"""An object store, and stages that run against it as their pods run them."""

import json
import logging
import os
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
import pytest
from moto.server import ThreadedMotoServer

from workloads.pipeline.app.clean import clean
from workloads.pipeline.app.ingest import ingest
from workloads.stage.app.attempt import run
from workloads.stage.app.documents import Document, Text, documents, texts
from workloads.stage.app.manifest import Manifest, manifest_path
from workloads.stage.app.store import Store

KEYS = {"ingest": "1" * 64, "clean": "2" * 64}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a stage."""

    code: int
    output: str
    errors: str


class Stages:
    """Runs stages, and reads what they left."""

    def __init__(
        self, store: Store, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.store = store
        self._folder = folder
        self._patch = patch
        self._capture = capture

    def ingest(self, source: object, **recipe: object) -> Done:
        values = {"source": source, "max_bytes": 1 << 20, "snapshot": "", "text_field": "text", "max_loss": 1}
        return self._run("ingest", {}, {**values, **recipe})

    def clean(self, held_out: float = 0.5) -> Done:
        return self._run("clean", {"ingest": KEYS["ingest"]}, {"held_out": held_out})

    def metrics(self, stage: str) -> Mapping[str, object]:
        return self._manifest(stage).metrics

    def not_taken(self, stage: str) -> Mapping[str, int]:
        return cast(Mapping[str, int], self.metrics(stage)["not_taken"])

    def snapshot(self) -> dict[str, bytes]:
        """What ingest took: bytes by path."""
        found: list[Document] = list(map(_read, documents(self._files("ingest"))))
        return {document.path: b"".join(document.chunks) for document in found}

    def texts(self) -> dict[str, list[Text]]:
        """What clean wrote, by the side of the split."""
        sides: dict[str, list[Text]] = {"train": [], "held-out": []}
        for file in self._files("clean"):
            sides[file.name.rpartition("-")[0]] += texts(file)
        return sides

    def _files(self, stage: str) -> list[Path]:
        found: list[Path] = []
        for item in self._manifest(stage).objects:
            found.append(self._folder / item.name)
            self.store.download(item.object, found[-1])
        return found

    def _manifest(self, stage: str) -> Manifest:
        path = manifest_path(stage, KEYS[stage])
        content = self.store.get(path)
        assert content is not None, f"{stage} did not finish"
        return Manifest.decode(content, path)

    def _run(self, stage: str, inputs: Mapping[str, str], recipe: Mapping[str, object]) -> Done:
        self._patch.setenv("STAGE_SPEC_FILE", str(write_spec(self._folder, stage, inputs, recipe)))
        self._capture.readouterr()
        code = run(stage, {"ingest": ingest, "clean": clean}[stage])
        message = self._capture.readouterr()
        return Done(code, message.out, message.err)


def write_spec(folder: Path, stage: str, inputs: Mapping[str, str], recipe: Mapping[str, object]) -> Path:
    path = folder / f"{stage}.json"
    values = {"stage": stage, "key": KEYS[stage], "inputs": inputs, "recipe": recipe}
    path.write_text(json.dumps({**values, "run": "run", "code": "code", "environment": "base", "image": "image"}))
    return path


def _read(document: Document) -> Document:
    return Document(document.path, list(document.chunks))


@pytest.fixture(scope="session")
def endpoint() -> Generator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The bucket `objects` of an empty store, which is reached by a profile as in a pod."""
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(f"[profile objects]\nregion = us-east-1\nendpoint_url = {endpoint}\n")
    credentials.write_text("[objects]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("OBJECTS_BUCKET", "objects")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    httpx.post(f"{endpoint}/moto-api/reset", trust_env=False)
    for bucket in ("objects", "corpus"):
        httpx.put(f"{endpoint}/{bucket}", trust_env=False).raise_for_status()
    return Store("objects", "objects")


@pytest.fixture
def stages(
    account: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Stages:
    return Stages(account, tmp_path, monkeypatch, capsys)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    return folder


@pytest.fixture
def readable_by_all() -> Generator[Path]:
    """A folder of which another user may list and make files; pytest's own folders are its user's alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture
def unprivileged() -> Generator[None]:
    """For the time of a test, this process may read no file that its user may not: not even where that is root."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    yield
    os.seteuid(user)
