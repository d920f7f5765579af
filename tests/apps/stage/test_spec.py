"""A stage's specification is read from a file of any size, and what is none is named in one line."""

import json
from pathlib import Path

import pytest

from workloads.stage.app.attempt import USER_ERROR, run
from workloads.stage.app.error import SHOWN, StageError
from workloads.stage.app.spec import StageSpec

VALUES: dict[str, object] = {
    "stage": "ingest",
    "key": "1",
    "run": "2",
    "inputs": {},
    "code": "3",
    "environment": "4",
    "image": "5",
}
URLS = [f"https://corpus.example.org/a/path/of/a/usual/length/{number:06d}.jsonl.gz" for number in range(4000)]


def test_4000_urls_died_of_e2big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ingest.json"
    path.write_text(json.dumps({**VALUES, "recipe": {"source": URLS}}))
    assert path.stat().st_size > 128 << 10
    monkeypatch.setenv("STAGE_SPEC_FILE", str(path))
    assert StageSpec.read().recipe.texts("source") == tuple(URLS)


def test_a_program_that_is_started_by_hand_has_it_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGE_SPEC_FILE", raising=False)
    monkeypatch.setenv("STAGE_SPEC", json.dumps({**VALUES, "recipe": {}}))
    assert StageSpec.read().key == "1"


@pytest.mark.parametrize("content", [None, b"", b"[]", b"\xff", b"{}"])
def test_what_is_no_specification_ends_a_stage_with_one_line(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ingest.json"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("STAGE_SPEC_FILE", str(path))
    assert run("ingest", lambda _: {}) == USER_ERROR
    errors = capsys.readouterr().err
    assert errors.startswith("ingest: STAGE_SPEC")
    assert errors.count("\n") == 1


def test_a_value_of_any_length_does_not_bury_its_rule() -> None:
    message = str(StageError("recipe.ingest.source", URLS, "is a list of URLs", "correct it"))
    assert message.endswith("characters): is a list of URLs; correct it")
    assert len(message) < 2 * SHOWN
