"""Cleaning: what is no text is dropped and counted, a text is kept once, the split loses nothing."""

from hypothesis import given
from hypothesis import strategies as st

from workloads.pipeline.app.cleaning import clean, split
from workloads.stage.app.documents import Document


def test_binary_and_duplicates_are_counted() -> None:
    found = [Document("a", b"x = 1\n"), Document("b", b"x = 1\r\n"), Document("c", b"\0\1"), Document("d", b"\xff\xfe")]
    texts, dropped = clean(found)
    assert [text.path for text in texts] == ["a"]
    assert dropped == {"duplicate": 1, "binary": 1, "undecodable": 1}


@given(st.lists(st.binary(max_size=40), max_size=30), st.floats(0.01, 0.9))
def test_the_split_keeps_every_text_once(contents: list[bytes], held_out: float) -> None:
    texts, dropped = clean([Document(str(index), data) for index, data in enumerate(contents)])
    train, aside = split(texts, held_out)
    assert len(texts) + sum(dropped.values()) == len(contents)
    assert sorted(text.sha256 for text in (*train, *aside)) == sorted(text.sha256 for text in texts)
