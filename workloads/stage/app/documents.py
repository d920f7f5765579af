"""Documents as JSON lines, in files of a bounded size; a long document takes several lines, so that none has to fit in memory."""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TextIO, cast

SHARD_BYTES = 64 << 20
PART_BYTES = 1 << 20
"""A document of more bytes takes a line for each so many of them."""

Line = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was found."""

    path: str
    chunks: Iterable[bytes]
    """Its bytes, which can be read once."""


@dataclass(frozen=True, slots=True)
class Text:
    """A document that is text, or a part of one."""

    path: str
    sha256: str
    """Of the whole document's normalised text in UTF-8: its parts share it."""
    text: str
    part: int = 0
    """Counts from 1 where the document was split; 0 where it is whole."""


class Shards:
    """Writes lines to `<name>-00000.jsonl` and so on, each of about 64 MiB."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._file: TextIO | None = None
        self.files: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, values: Line) -> None:
        if self._file is None or self._file.tell() >= SHARD_BYTES:
            if self._file is not None:
                self._file.close()
            path = self._folder / f"{self._name}-{len(self.files):05d}.jsonl"
            self.files.append(path)
            self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write(json.dumps(values, ensure_ascii=False, sort_keys=True) + "\n")


def packed(number: int, path: str, sha256: str, content: BinaryIO) -> Iterator[Line]:
    """The lines of a document, the `number`-th of its snapshot; base64, because its bytes need not be text."""
    data = content.read(PART_BYTES)
    while True:
        yield {"document": number, "path": path, "sha256": sha256, "data": base64.b64encode(data).decode()}
        data = content.read(PART_BYTES)
        if not data:
            return


def documents(files: Iterable[Path]) -> Iterator[Document]:
    """The documents of a snapshot's files in order. A document may begin in one file and end in the next."""
    lines = chain.from_iterable(_lines(file) for file in files)
    for _, group in groupby(lines, key=lambda line: line["document"]):
        first = next(group)
        yield Document(cast(str, first["path"]), (_data(line) for line in chain([first], group)))


def texts(path: Path) -> Iterator[Text]:
    for line in _lines(path):
        yield Text(
            cast(str, line["path"]), cast(str, line["sha256"]), cast(str, line["text"]), cast(int, line.get("part", 0))
        )


def _data(line: Line) -> bytes:
    return base64.b64decode(cast(str, line["data"]))


def _lines(path: Path) -> Iterator[Line]:
    # Not str.splitlines: a text may hold other line separators than the newline.
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield cast(Line, json.loads(line))
