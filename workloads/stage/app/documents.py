"""Documents as JSON lines, in files of a bounded size."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO, cast

SHARD_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the corpus, as it was found."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """A document that is text."""

    path: str
    sha256: str
    """Of its normalised text in UTF-8."""
    text: str


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

    def write(self, values: dict[str, str]) -> None:
        if self._file is None or self._file.tell() >= SHARD_BYTES:
            if self._file is not None:
                self._file.close()
            path = self._folder / f"{self._name}-{len(self.files):05d}.jsonl"
            self.files.append(path)
            self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write(json.dumps(values, ensure_ascii=False, sort_keys=True) + "\n")


def packed(document: Document, sha256: str) -> dict[str, str]:
    """The line of a document; base64, because its bytes need not be text."""
    return {"path": document.path, "sha256": sha256, "data": base64.b64encode(document.data).decode()}


def documents(path: Path) -> Iterator[Document]:
    for values in _lines(path):
        yield Document(values["path"], base64.b64decode(values["data"]))


def texts(path: Path) -> Iterator[Text]:
    for values in _lines(path):
        yield Text(values["path"], values["sha256"], values["text"])


def _lines(path: Path) -> Iterator[dict[str, str]]:
    # Not str.splitlines: a text may hold other line separators than the newline.
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield cast(dict[str, str], json.loads(line))
