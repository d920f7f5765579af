"""What makes a document of the corpus fit to train on: pure, the same on every machine, and a piece at a time."""

import codecs
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from workloads.pipeline.app.encodings import encoding_of

Reason = Literal["binary", "not_utf8"]

# Control characters that every text may hold in any number: tab, newline, form feed (PEP 8 separates with it), carriage
# return, and the next line of ISO 6429, as mainframes and XML 1.1 end a line.
_TEXT_CONTROLS = frozenset("\t\n\f\r\x85")
_CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) - _TEXT_CONTROLS
# A log with colours has an escape before every word and is a text. More than a third is what Perl's -B calls binary.
_MOST_CONTROLS = 1 / 3
# So many characters may follow each other without one that normalisation can be cut before.
_LONGEST_CARRY = 1 << 20


class Rejected(Exception):
    """What a document is that is no text."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def text_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """The normalised text of a document, piece by piece: Unicode's encodings, in NFC, with one kind of newline.

    Raises Rejected, at the latest after the last piece.
    """
    return _normalised(_checked(_decoded(chunks)))


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    left = iter(chunks)
    begins = b""
    for chunk in left:
        begins += chunk
        if len(begins) >= 4:
            break
    codec = codecs.getincrementaldecoder(encoding_of(begins))()
    decoder = io.IncrementalNewlineDecoder(codec, translate=True)
    chunk = begins
    try:
        yield decoder.decode(chunk)
        for chunk in left:
            yield decoder.decode(chunk)
        chunk = b""
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        # Bytes that are no text at all are called what they are.
        raise Rejected("binary" if b"\0" in chunk else "not_utf8") from None


def _checked(pieces: Iterable[str]) -> Iterator[str]:
    total = controls = 0
    for piece in pieces:
        total += len(piece)
        for character in _CONTROLS.intersection(piece):
            if character == "\0":
                raise Rejected("binary")
            controls += piece.count(character)
        yield piece
    if controls > total * _MOST_CONTROLS:
        raise Rejected("binary")


def _normalised(pieces: Iterable[str]) -> Iterator[str]:
    carry = ""
    for piece in pieces:
        carry += piece
        cut = next((at for at in range(len(carry) - 1, -1, -1) if _starts(carry[at])), 0)
        if not cut and len(carry) > _LONGEST_CARRY:
            cut = len(carry)
        yield unicodedata.normalize("NFC", carry[:cut])
        carry = carry[cut:]
    yield unicodedata.normalize("NFC", carry)


def _starts(character: str) -> bool:
    """Whether the character never joins with one before it, so that what follows a cut here is normalised the same.

    What can join is a mark, or a vowel or final consonant of Hangul (Unicode, UAX #15, quick check "maybe").
    """
    return character < "\u0300" or not (
        "\u1160" <= character <= "\u11ff" or unicodedata.category(character).startswith("M")
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """Which documents training never sees, told by their digests alone: a new document moves no other one.

    From two documents on each side has one; the share is that of documents, not of bytes.
    """

    held_out: float
    count: int
    """Distinct documents."""
    smallest: str
    largest: str
    """Digests, in 64 hex digits as all of them."""

    def is_held_out(self, sha256: str) -> bool:
        limit = f"{int(self.held_out * 2**256):064x}"
        if self.count > 1 and self.smallest >= limit:
            return sha256 == self.smallest
        if self.count > 1 and self.largest < limit:
            return sha256 != self.largest
        return sha256 < limit


def cut(window: bytes) -> int:
    """Where to end a part within a window of a long text in UTF-8: after a paragraph, else a line, else a word.

    Only in the window's second half, so that parts are of a useful length; else before the window's last character.
    The window has 8 bytes or more.
    """
    half = len(window) // 2
    for mark in (b"\n\n", b"\n", b" "):
        at = window.rfind(mark, half)
        if at >= 0:
            return at + len(mark)
    at = len(window) - 1
    while at > half and window[at] & 0xC0 == 0x80:
        at -= 1
    return at
