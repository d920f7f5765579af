"""Cleaning: what is no text is counted by cause, a text is kept once, and the split loses nothing."""

import hashlib
import io
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apps.pipeline.conftest import Stages
from workloads.pipeline.app.cleaning import Rejected, Split, cut, text_of
from workloads.pipeline.app.corpus import Corpus
from workloads.stage.app.documents import PART_BYTES, Document, Text

GERMAN = "Grüße,\nein Text.\n"


def whole(data: bytes, size: int = 1 << 20) -> str:
    return "".join(text_of(data[at : at + size] for at in range(0, len(data), size)))


def sides(contents: Iterable[bytes], held_out: float) -> tuple[list[Text], list[Text], list[str]]:
    with TemporaryDirectory() as folder, Corpus(Path(folder)) as corpus:
        reasons = [corpus.add(Document(str(index), [data])) for index, data in enumerate(contents)]
        split = corpus.split(held_out)
        train, aside = (list(corpus.texts(split, held_out=side)) for side in (False, True))
        duplicates, _ = corpus.duplicates()
        return train, aside, [reason for reason in reasons if reason is not None] + ["duplicate"] * duplicates


def test_binary_and_duplicates_are_counted() -> None:
    found = [b"x = 1\n", b"x = 1\r\n", b"\0\1", b"\xff\xfe", b"\xe9", b" \n\n"]
    train, aside, reasons = sides(found, 0.5)
    assert [text.path for text in (*train, *aside)] == ["0"]
    assert reasons == ["binary", "empty", "not_utf8", "empty", "duplicate"]


@given(st.lists(st.binary(max_size=40), max_size=30), st.floats(0.01, 0.9))
def test_the_split_keeps_every_text_once(contents: list[bytes], held_out: float) -> None:
    train, aside, reasons = sides(contents, held_out)
    assert len(train) + len(aside) + len(reasons) == len(contents)
    assert len({text.sha256 for text in (*train, *aside)}) == len(train) + len(aside)
    assert all(hashlib.sha256(text.text.encode()).hexdigest() == text.sha256 for text in (*train, *aside))
    assert len(train) + len(aside) < 2 or (train and aside)


@given(st.lists(st.binary(), min_size=1, max_size=30, unique=True), st.floats(0.01, 0.99))
def test_the_split_is_that_of_digests_alone(contents: list[bytes], held_out: float) -> None:
    digests = sorted(hashlib.sha256(content).hexdigest() for content in contents)
    split = Split(held_out=held_out, count=len(digests), smallest=digests[0], largest=digests[-1])
    aside = {digest for digest in digests if int(digest, 16) < int(held_out * 2**256)}
    if len(digests) > 1 and len(aside) in (0, len(digests)):
        aside = {digests[0]} if not aside else set(digests[:-1])
    assert {digest for digest in digests if split.is_held_out(digest)} == aside


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_utf_16_was_undecodable(encoding: str) -> None:
    assert whole(GERMAN.encode(encoding)) == GERMAN


def test_utf_16_of_either_byte_order_is_decoded() -> None:
    assert whole(b"\xfe\xff" + GERMAN.encode("utf-16-be")) == GERMAN
    assert whole(b"\xff\xfe" + GERMAN.encode("utf-16-le"), size=1) == GERMAN


@pytest.mark.parametrize("character", ["\x1b", "\x85", "\x07", "\x7f", "\x9b", "\u2028"])
def test_one_control_character_dropped_a_whole_document(character: str) -> None:
    assert whole(f"before{character}after\n".encode()) == f"before{character}after\n"


def test_a_log_with_colours_is_a_text() -> None:
    log = "\x1b[32mINFO\x1b[0m ready\r\n" * 100
    assert whole(log.encode()) == log.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"text\0text", "binary"),
        (bytes(range(1, 32)) * 10, "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        ("text".encode("utf-16-le"), "binary"),
        (GERMAN.encode("latin-1"), "not_utf8"),
        (GERMAN.encode()[:3], "not_utf8"),
        (b"\xff\xfea", "not_utf8"),
    ],
)
def test_what_is_no_text_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        whole(data)


# Characters that join with what is before them, of every kind: accents, Hangul, Indic vowels, and plain ones between.
JOINING = st.text(st.sampled_from("ae\n\r\u0301\u0327\u1100\u1161\u11a8\uac00\u09c7\u09be\u0928\u093c \x85\u2028"))


@given(st.one_of(st.text(), JOINING), st.integers(1, 7))
def test_where_a_document_is_cut_in_memory_changes_no_character(text: str, size: int) -> None:
    kept = text.replace("\0", "")
    if any(unicodedata.category(character) in ("Cs", "Cc") for character in set(kept) - set("\r\n\x85")):
        return
    expected = unicodedata.normalize("NFC", io.IncrementalNewlineDecoder(None, translate=True).decode(kept, final=True))
    assert whole(kept.encode(), size) == expected.removeprefix("\ufeff")


def test_a_cut_stands_before_no_character_that_joins_with_the_one_before() -> None:
    for first, second in _pairs():
        # Each in a chunk of its own, after a head that is long enough to tell the encoding by.
        pieces = text_of([b"head ", first.encode(), second.encode()])
        assert "".join(pieces) == unicodedata.normalize("NFC", f"head {first}{second}")


def _pairs() -> Iterable[tuple[str, str]]:
    """Every pair of characters that Unicode makes one of."""
    for character in map(chr, range(sys.maxunicode + 1)):
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            yield chr(int(parts[0], 16)), chr(int(parts[1], 16))


@given(st.text(st.sampled_from("abä語\n "), min_size=1), st.integers(8, 16))
def test_a_cut_loses_no_byte_and_parts_no_character(text: str, size: int) -> None:
    data, parts = text.encode(), list[bytes]()
    while data:
        window = data[:size]
        end = cut(window) if len(data) > size else len(window)
        assert end
        parts.append(window[:end])
        data = data[end:]
    assert "".join(part.decode() for part in parts) == text


def test_a_long_document_is_cut_at_paragraphs_and_stays_on_one_side(stages: Stages, corpus: Path) -> None:
    paragraph = "A line of a paragraph.\n" * 20 + "\n"
    (corpus / "long.txt").write_text(paragraph * (3 * PART_BYTES // len(paragraph)))
    for name in "abcdefgh":
        (corpus / f"{name}.txt").write_text(name)
    assert stages.ingest(str(corpus), max_bytes=8 * PART_BYTES).code == 0
    assert stages.clean(held_out=0.5).code == 0
    texts = stages.texts()
    long = {side: [text for text in found if text.path == "long.txt"] for side, found in texts.items()}
    parts = long["train"] or long["held-out"]
    assert not (long["train"] and long["held-out"])
    assert [text.part for text in parts] == list(range(1, len(parts) + 1))
    assert len(parts) >= 3
    assert all(text.text.endswith("\n\n") for text in parts[:-1])
    assert all(len(text.text.encode()) <= PART_BYTES for text in parts)
    joined = "".join(text.text for text in parts)
    assert joined == (corpus / "long.txt").read_text().rstrip() + "\n"
    assert {hashlib.sha256(joined.encode()).hexdigest()} == {text.sha256 for text in parts}
    counts = stages.metrics("clean")
    assert (counts["train_documents"], counts["held_out_documents"]) == tuple(
        len({text.sha256 for text in texts[side]}) for side in ("train", "held-out")
    )


def test_what_ingest_and_clean_lost_together_ends_the_run(stages: Stages, corpus: Path) -> None:
    (corpus / "a.jsonl").write_bytes(b'{"text": "one"}\n{"text": "two"}\n{"body": "lost"}\n')
    for name in ("b", "c"):
        (corpus / name).write_bytes(b"\0")
    assert stages.ingest(str(corpus), max_loss=0.5).code == 0
    done = stages.clean()
    assert (done.code, done.errors.count("\n")) == (2, 1)
    assert "recipe.ingest.max_loss = 0.5: is at least the share of documents lost, 3 of 5" in done.errors
    assert "2 binary (first '" in done.errors


def test_control_characters_and_line_separators_pass_through_both_stages(stages: Stages, corpus: Path) -> None:
    odd = "escape \x1b[0m, next line \x85, line separator \u2028, paragraph separator \u2029, group \x1d.\n"
    (corpus / "a.txt").write_text(odd)
    (corpus / "b.txt").write_text("another\n")
    assert stages.ingest(str(corpus)).code == 0
    assert stages.clean().code == 0
    assert sorted(text.text for side in stages.texts().values() for text in side) == ["another\n", odd]


def test_a_text_in_two_files_is_kept_under_the_first_path(stages: Stages, corpus: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (corpus / name).write_bytes(b'{"text": "same"}\n{"text": "%s"}\n' % name.encode())
    assert stages.ingest(str(corpus)).code == 0
    assert "1 duplicate (first 'b.jsonl:1')" in stages.clean().output
    assert sorted(text.path for side in stages.texts().values() for text in side) == [
        "a.jsonl:1",
        "a.jsonl:2",
        "b.jsonl:2",
    ]
    assert stages.not_taken("clean") == {"duplicate": 1}
