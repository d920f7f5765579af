"""Ingest: what is found is taken or counted by its cause, and a source of which too much is lost ends the run."""

import bz2
import gzip
import json
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.apps.pipeline.conftest import Stages
from workloads.pipeline.app import formats
from workloads.pipeline.app.losses import Lost, NotTaken
from workloads.pipeline.app.sources import Folder
from workloads.stage.app.store import Store

LINES = b'{"text": "one"}\n{"text": "two", "id": 2}\n'


def zstandard(data: bytes) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard,
}


def write_parquet(path: Path, columns: dict[str, list[object]]) -> None:
    with path.open("wb") as file:
        pyarrow.parquet.write_table(pyarrow.table(columns), file, row_group_size=2)


def test_json_lines_were_one_document(stages: Stages, corpus: Path) -> None:
    (corpus / "a.jsonl").write_bytes(LINES)
    assert stages.ingest(str(corpus)).code == 0
    assert stages.snapshot() == {"a.jsonl:1": b"one", "a.jsonl:2": b"two"}


def test_another_text_field_is_named_by_the_recipe(stages: Stages, corpus: Path) -> None:
    (corpus / "a.ndjson").write_bytes(b'{"content": "one", "text": "not this"}\n')
    write_parquet(corpus / "b.parquet", {"content": ["two"], "text": ["not this"]})
    assert stages.ingest(str(corpus), text_field="content").code == 0
    assert stages.snapshot() == {"a.ndjson:1": b"one", "b.parquet:1": b"two"}


def test_parquet_was_one_binary_document(stages: Stages, corpus: Path) -> None:
    write_parquet(corpus / "a.parquet", {"id": [1, 2, 3], "text": ["one", None, "three"]})
    assert stages.ingest(str(corpus)).code == 0
    assert stages.snapshot() == {"a.parquet:1": b"one", "a.parquet:3": b"three"}
    assert stages.not_taken("ingest") == {"no_text_field": 1}


def test_parquet_without_the_column_loses_every_row(stages: Stages, corpus: Path) -> None:
    write_parquet(corpus / "a.parquet", {"body": ["one", "two"]})
    (corpus / "b.txt").write_text("three")
    assert stages.ingest(str(corpus)).code == 0
    assert stages.not_taken("ingest") == {"no_text_field": 2}


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_compressed_files_were_binary_documents(stages: Stages, corpus: Path, ending: str) -> None:
    compress = COMPRESSIONS[ending]
    (corpus / f"a.jsonl.{ending}").write_bytes(compress(LINES))
    # Two members one after another are one file, as `cat a.gz b.gz` makes them.
    (corpus / f"b.txt.{ending}").write_bytes(compress(b"plain ") + compress(b"text"))
    assert stages.ingest(str(corpus)).code == 0
    assert stages.snapshot() == {
        f"a.jsonl.{ending}:1": b"one",
        f"a.jsonl.{ending}:2": b"two",
        f"b.txt.{ending}": b"plain text",
    }


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_a_compressed_file_that_was_cut_off_is_damaged(stages: Stages, corpus: Path, ending: str) -> None:
    whole = COMPRESSIONS[ending](os.urandom(4096).hex().encode())
    (corpus / f"a.txt.{ending}").write_bytes(whole[: len(whole) // 2])
    (corpus / "b.txt").write_text("whole")
    assert stages.ingest(str(corpus)).code == 0
    assert stages.snapshot() == {"b.txt": b"whole"}
    assert stages.not_taken("ingest") == {"damaged": 1}


def test_parquet_that_is_none_is_damaged(stages: Stages, corpus: Path) -> None:
    write_parquet(corpus / "a.parquet", {"text": ["one", "two", "three"]})
    whole = (corpus / "a.parquet").read_bytes()
    (corpus / "a.parquet").write_bytes(whole[:-20])
    (corpus / "b.parquet").write_bytes(b"")
    (corpus / "c.txt").write_text("whole")
    assert stages.ingest(str(corpus)).code == 0
    assert stages.not_taken("ingest") == {"damaged": 2}


def test_lines_that_are_no_records_are_counted_by_cause(stages: Stages, corpus: Path) -> None:
    lines = [
        b'{"text": "taken"}',
        b"",
        b"   ",
        b"not json",
        b"[" * 100_000,
        b'{"text": 1' + b"0" * 5000 + b"}",
        b'["a list"]',
        b'{"body": "no field"}',
        b'{"text": null}',
        b'{"text": "\xe9 in Latin 1"}',
        b'{"text": "half a pair \\ud800"}',
        b'{"text": "next line \xc2\x85, line separator \xe2\x80\xa8"}',
    ]
    (corpus / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    assert stages.ingest(str(corpus)).code == 0
    assert stages.snapshot() == {
        "a.jsonl:1": b"taken",
        "a.jsonl:12": "next line \u0085, line separator \u2028".encode(),
    }
    assert stages.not_taken("ingest") == {"not_json": 3, "no_text_field": 3, "not_utf8": 2}


def test_a_line_longer_than_can_be_parsed_is_counted_and_passed_over(
    stages: Stages, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "RECORD_CHARACTERS", 100)
    exact = json.dumps({"text": "x" * 88}).encode()
    assert len(exact) == 100
    long = json.dumps({"text": "x" * 1000}).encode()
    (corpus / "a.jsonl").write_bytes(b"\n".join([exact, long, b'{"text": "after"}', long]))
    assert stages.ingest(str(corpus)).code == 0
    assert set(stages.snapshot()) == {"a.jsonl:1", "a.jsonl:3"}
    assert stages.not_taken("ingest") == {"too_long": 2}


def test_json_lines_in_utf_16_are_decoded(stages: Stages, corpus: Path) -> None:
    (corpus / "a.jsonl").write_bytes('{"text": "Grüße"}\n{"text": "zwei"}\n'.encode("utf-16"))
    assert stages.ingest(str(corpus)).code == 0
    assert stages.snapshot() == {"a.jsonl:1": "Grüße".encode(), "a.jsonl:2": b"zwei"}


def test_links_and_special_files_were_passed_over_without_a_word(stages: Stages, corpus: Path) -> None:
    (corpus / "a.txt").write_text("text")
    (corpus / "link").symlink_to("a.txt")
    (corpus / "folder").symlink_to("/")
    (corpus / "dangling").symlink_to("nowhere")
    os.mkfifo(corpus / "pipe")
    done = stages.ingest(str(corpus))
    assert (done.code, stages.snapshot()) == (0, {"a.txt": b"text"})
    assert stages.not_taken("ingest") == {"symlink": 3, "special": 1}
    assert stages.metrics("ingest")["files"] == 5
    assert "not taken: 1 special (first 'pipe'), 3 symlink (first " in done.output


def test_files_and_folders_that_cannot_be_read_were_passed_over_without_a_word(
    readable_by_all: Path, unprivileged: None
) -> None:
    for path in ("a.txt", "secret.txt", "folder/b.txt"):
        (readable_by_all / path).parent.mkdir(exist_ok=True)
        (readable_by_all / path).write_text("text")
    (readable_by_all / "secret.txt").chmod(0)
    (readable_by_all / "folder").chmod(0)
    folder, not_taken = Folder(readable_by_all), NotTaken()
    files = {file.path: file for file in folder.files(not_taken)}
    assert (set(files), str(not_taken)) == ({"a.txt", "secret.txt"}, "1 unreadable (first 'folder/')")
    with folder.open(files["a.txt"], None) as content:
        assert content.read() == b"text"
    with pytest.raises(Lost, match="unreadable"), folder.open(files["secret.txt"], None):
        pass
    (readable_by_all / "folder").chmod(0o700)


def test_what_exceeds_max_bytes_is_counted_and_no_loss(stages: Stages, corpus: Path) -> None:
    (corpus / "a.txt").write_bytes(b"x" * 60)
    (corpus / "b.jsonl").write_bytes(b"".join(b'{"text": "%s"}\n' % (b"y" * 30) for _ in range(10)))
    done = stages.ingest(str(corpus), max_bytes=100, max_loss=0)
    assert done.code == 0
    assert sum(map(len, stages.snapshot().values())) == stages.metrics("ingest")["bytes"] == 90
    assert stages.not_taken("ingest") == {"over_max_bytes": 1}


def test_a_bomb_of_compressed_zeros_is_over_max_bytes(stages: Stages, corpus: Path) -> None:
    (corpus / "a.txt.gz").write_bytes(gzip.compress(b"0" * (64 << 20)))
    (corpus / "b.txt").write_text("text")
    assert stages.ingest(str(corpus)).code == 0
    assert stages.not_taken("ingest") == {"over_max_bytes": 1}


def test_a_source_that_is_mostly_lost_went_on(stages: Stages, corpus: Path) -> None:
    (corpus / "a.txt").write_text("text")
    for name in ("b", "c"):
        (corpus / name).symlink_to("a.txt")
    done = stages.ingest(str(corpus), max_loss=0.6)
    assert (done.code, done.errors.count("\n")) == (2, 1)
    assert "recipe.ingest.max_loss = 0.6: is at least the share of files lost, 2 of 3" in done.errors
    assert "2 symlink (first " in done.errors
    assert "raise `max_loss`" in done.errors
    assert stages.ingest(str(corpus), max_loss=0.7).code == 0


def test_shards_that_are_damaged_count_as_files_however_many_records_are_left(stages: Stages, corpus: Path) -> None:
    (corpus / "a.jsonl").write_bytes(LINES * 50)
    whole = gzip.compress(os.urandom(4096).hex().encode())
    for name in ("b", "c"):
        (corpus / f"{name}.jsonl.gz").write_bytes(whole[:1000])
    assert "files lost, 2 of 3" in stages.ingest(str(corpus), max_loss=0.5).errors


def test_records_that_are_mostly_lost_end_the_run(stages: Stages, corpus: Path) -> None:
    (corpus / "a.jsonl").write_bytes(b'{"text": "one"}\n{"body": "two"}\n{"body": "three"}\n')
    assert "documents lost, 2 of 3" in stages.ingest(str(corpus), max_loss=0.5).errors


def test_a_source_of_nothing_names_the_causes(stages: Stages, corpus: Path) -> None:
    (corpus / "a.jsonl").write_bytes(b'{"body": "one"}\n')
    done = stages.ingest(str(corpus))
    assert (done.code, done.errors.count("\n")) == (2, 1)
    assert "1 no_text_field (first 'a.jsonl:1')" in done.errors


def test_objects_of_a_bucket_are_read_by_their_names(stages: Stages, corpus: Path) -> None:
    store = Store("objects", "corpus")
    write_parquet(corpus / "a.parquet", {"text": ["one"]})
    objects = {
        "in/a.parquet": (corpus / "a.parquet").read_bytes(),
        "in/b.jsonl.gz": gzip.compress(LINES),
        "in/c.txt": b"plain",
        "in/folder/": b"",
        "out/d.txt": b"elsewhere",
        "in/large.txt": b"x" * 101,
    }
    for key, body in objects.items():
        store.put(key, body)
    assert stages.ingest("s3://corpus/in/", max_bytes=100).code == 0
    assert stages.snapshot() == {
        "in/a.parquet:1": b"one",
        "in/b.jsonl.gz:1": b"one",
        "in/b.jsonl.gz:2": b"two",
        "in/c.txt": b"plain",
    }
    assert stages.not_taken("ingest") == {"over_max_bytes": 1}


def test_a_name_that_is_no_utf_8_is_kept_readable(stages: Stages, corpus: Path) -> None:
    (corpus / os.fsdecode(b"caf\xe9.txt")).write_text("text")
    (corpus / os.fsdecode(b"caf\xe9.jsonl")).write_text("no record")
    (corpus / "two\nlines").symlink_to("nowhere")
    done = stages.ingest(str(corpus))
    assert (done.code, stages.snapshot()) == (0, {"caf\\xe9.txt": b"text"})
    assert done.output.count("\n") == 2
    assert "1 not_json (first 'caf\\udce9.jsonl:1')" in done.output
