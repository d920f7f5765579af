"""The texts of a snapshot on disk: of a corpus only one part of one document is in memory."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, cast

from workloads.pipeline.app.cleaning import Rejected, Split, cut, text_of
from workloads.stage.app.documents import PART_BYTES, Document, Text

_TABLE = "CREATE TABLE texts (path TEXT, sha256 TEXT, start INTEGER, size INTEGER)"
# Each distinct text once, under the first path in order. SQLite compares text by its bytes in UTF-8: by code points.
_RANKED = "(SELECT *, ROW_NUMBER() OVER (PARTITION BY sha256 ORDER BY path, start) AS nth FROM texts)"
_KEPT = f"SELECT path, sha256, start, size FROM {_RANKED} WHERE nth = 1 ORDER BY path, start"
_DUPLICATES = f"SELECT COUNT(*), COALESCE(MIN(path), '') FROM {_RANKED} WHERE nth > 1"

Reason = Literal["binary", "not_utf8", "empty"]


class Corpus:
    """Texts in one file, and their paths, digests and places in a database beside it."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "texts").open("w+b")
        self._index = sqlite3.connect(folder / "texts.sqlite", isolation_level=None)
        # Nobody reads them when this process is gone.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE"):
            self._index.execute(f"PRAGMA {pragma}").fetchall()
        self._index.execute(_TABLE)
        self._index.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._index.close()
        self._file.close()

    def add(self, document: Document) -> Reason | None:
        """Keeps a document's text, ending in one newline; or why it is none."""
        start = end = self._file.seek(0, 2)
        hashed = whole = hashlib.sha256()
        try:
            for piece in text_of(document.chunks):
                kept = piece.rstrip()
                data, blank = kept.encode(), piece[len(kept) :].encode()
                if data:
                    whole.update(data)
                    end = self._file.tell() + len(data)
                    hashed = whole.copy()
                # What may turn out to be the blank end of the document is written over.
                whole.update(blank)
                self._file.write(data + blank)
        except Rejected as rejected:
            self._file.truncate(start)
            return rejected.reason
        self._file.truncate(end)
        if end == start:
            return "empty"
        self._file.seek(end)
        self._file.write(b"\n")
        hashed.update(b"\n")
        row = (document.path, hashed.hexdigest(), start, end + 1 - start)
        self._index.execute("INSERT INTO texts VALUES (?, ?, ?, ?)", row)
        return None

    def duplicates(self) -> tuple[int, str]:
        """How many texts are there under an earlier path too, and the first of their own paths."""
        return cast(tuple[int, str], self._index.execute(_DUPLICATES).fetchone())

    def split(self, held_out: float) -> Split:
        query = "SELECT COUNT(DISTINCT sha256), COALESCE(MIN(sha256), ''), COALESCE(MAX(sha256), '') FROM texts"
        count, smallest, largest = cast(tuple[int, str, str], self._index.execute(query).fetchone())
        return Split(held_out=held_out, count=count, smallest=smallest, largest=largest)

    def texts(self, split: Split, *, held_out: bool) -> Iterator[Text]:
        """One side's distinct texts in order of path, long ones in parts."""
        for path, sha256, start, size in cast(Iterator[tuple[str, str, int, int]], self._index.execute(_KEPT)):
            if split.is_held_out(sha256) == held_out:
                yield from self._parts(path, sha256, start, size)

    def _parts(self, path: str, sha256: str, start: int, size: int) -> Iterator[Text]:
        if size <= PART_BYTES:
            yield Text(path, sha256, self._at(start, size).decode())
            return
        part, end = 0, start + size
        while start < end:
            window = self._at(start, min(PART_BYTES, end - start))
            if start + len(window) < end:
                window = window[: cut(window)]
            part += 1
            yield Text(path, sha256, window.decode(), part)
            start += len(window)

    def _at(self, start: int, size: int) -> bytes:
        self._file.seek(start)
        return self._file.read(size)
