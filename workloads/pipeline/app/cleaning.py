"""What makes a document of the corpus fit to train on: pure, and the same on every machine."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from workloads.stage.app.documents import Document, Text

Reason = Literal["empty", "binary", "undecodable", "duplicate"]

# Control characters that text files do have: tab, newline, form feed (PEP 8 separates with it) and carriage return.
_TEXT_CONTROLS = frozenset("\t\n\f\r")


def text_of(data: bytes) -> str | Reason:
    """The normalised text of a document's bytes, or why it is none; never both, for a text ends in a newline.

    UTF-8 in NFC, one kind of newline, no byte order mark, one newline at its end.
    """
    if b"\0" in data:
        return "binary"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "undecodable"
    if any(unicodedata.category(character) == "Cc" and character not in _TEXT_CONTROLS for character in set(text)):
        return "binary"
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()
    return text + "\n" if text else "empty"


def clean(found: Iterable[Document]) -> tuple[list[Text], Counter[Reason]]:
    """Each distinct text once, under the first path in order, and how many documents were dropped for each reason."""
    kept: dict[str, Text] = {}
    dropped: Counter[Reason] = Counter()
    for document in sorted(found, key=lambda document: document.path):
        text = text_of(document.data)
        if text in ("empty", "binary", "undecodable"):
            dropped[text] += 1
            continue
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        if sha256 in kept:
            dropped["duplicate"] += 1
        else:
            kept[sha256] = Text(document.path, sha256, text)
    return list(kept.values()), dropped


def split(texts: Sequence[Text], held_out: float) -> tuple[list[Text], list[Text]]:
    """Train and held-out documents, told apart by their digests alone: a new document moves no other one.

    From two documents on each side has one; the share is that of documents, not of bytes.
    """
    limit = int(held_out * 2**256)
    aside = {text.sha256 for text in texts if int(text.sha256, 16) < limit}
    if len(texts) > 1 and len(aside) in (0, len(texts)):
        order = sorted(text.sha256 for text in texts)
        aside = {order[0]} if not aside else set(order[:-1])
    return [text for text in texts if text.sha256 not in aside], [text for text in texts if text.sha256 in aside]
