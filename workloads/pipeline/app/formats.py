"""A file as documents: a plain file is one, and so is each line of JSON lines and each row of Parquet."""

import bz2
import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, Literal, cast

from workloads.pipeline.app.encodings import encoding_of
from workloads.pipeline.app.losses import Loss, Lost, NotTaken
from workloads.stage.app.documents import PART_BYTES, Document

RECORD_CHARACTERS = 16 << 20
"""A record is read whole to be parsed, so a longer one is not taken; a plain file may have any length."""

Form = Literal["plain", "lines", "parquet"]
_FORMS: dict[str, Form] = {".jsonl": "lines", ".ndjson": "lines", ".parquet": "parquet"}


def _zstandard(file: BinaryIO) -> BinaryIO:
    # Here, because it takes a moment to import and few corpora need it.
    from pyarrow import CompressedInputStream, PythonFile

    return io.BufferedReader(cast(io.RawIOBase, CompressedInputStream(PythonFile(file, mode="r"), "zstd")))


_Opener = Callable[[BinaryIO], BinaryIO]
_COMPRESSIONS: dict[str, tuple[bytes, _Opener]] = {
    ".gz": (b"\x1f\x8b", cast(_Opener, gzip.open)),
    ".bz2": (b"BZh", cast(_Opener, bz2.open)),
    ".xz": (b"\xfd7zXZ\0", cast(_Opener, lzma.open)),
    ".zst": (b"\x28\xb5\x2f\xfd", _zstandard),
}


def form(name: str) -> Form:
    """How a file is read, by the ending of its name, before that of its compression. Parquet is compressed within."""
    plain = PurePosixPath(name.lower())
    if plain.suffix in _COMPRESSIONS:
        inner = _FORMS.get(plain.with_suffix("").suffix, "plain")
        return "plain" if inner == "parquet" else inner
    return _FORMS.get(plain.suffix, "plain")


def is_compressed(name: str) -> bool:
    return PurePosixPath(name.lower()).suffix in _COMPRESSIONS


def documents(path: str, name: str, file: BinaryIO, text_field: str, not_taken: NotTaken) -> Iterator[Document]:
    """The documents of a file that can seek, each of which is to be read before the next is asked for.

    Counts records that are not taken. Raises Lost, as reading a document does, where the file cannot be read to its
    end or is not what its format promises; the records before that place were taken.
    """
    content = _decompressed(name, file)
    match form(name):
        case "plain":
            yield Document(path, _chunks(content))
        case "lines":
            yield from _lines(path, content, text_field, not_taken)
        case "parquet":
            yield from _rows(path, content, text_field, not_taken)


def _decompressed(name: str, file: BinaryIO) -> BinaryIO:
    magic, opener = _COMPRESSIONS.get(PurePosixPath(name.lower()).suffix, (b"", None))
    if opener is None:
        return file
    with _reading():
        begins = file.read(len(magic))
        file.seek(0)
    # A server may have undone the compression on the way, under a name that still has its ending.
    return opener(file) if begins == magic else file


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while True:
        with _reading():
            chunk = file.read(PART_BYTES)
        if not chunk:
            return
        yield chunk


def _lines(path: str, file: BinaryIO, text_field: str, not_taken: NotTaken) -> Iterator[Document]:
    with _reading():
        begins = cast(io.BufferedReader, file).peek(4)[:4]
    # Escaped, a byte that is no UTF-8 spoils its own line alone. Only a newline ends a line of JSON.
    reader = io.TextIOWrapper(file, encoding=encoding_of(begins), errors="surrogateescape", newline="\n")
    try:
        for number, line in enumerate(_bounded(reader), start=1):
            place = f"{path}:{number}"
            if line is None:
                not_taken.add("too_long", place)
            elif not line.isspace():
                record = _record(line, text_field)
                if isinstance(record, bytes):
                    yield Document(place, (record,))
                else:
                    not_taken.add(record, place)
    finally:
        # Whoever opened the file closes it.
        reader.detach()


def _bounded(reader: io.TextIOWrapper) -> Iterator[str | None]:
    """Each line, None for one that is too long."""
    while True:
        with _reading():
            line = reader.readline(RECORD_CHARACTERS + 1)
        if not line:
            return
        if len(line) <= RECORD_CHARACTERS or line.endswith("\n"):
            yield line
            continue
        while line and not line.endswith("\n"):
            with _reading():
                line = reader.readline(RECORD_CHARACTERS)
        yield None


def _record(line: str, text_field: str) -> bytes | Loss:
    try:
        values = cast(object, json.loads(line))
    except (ValueError, RecursionError):
        return "not_json"
    return _encoded(cast(dict[str, object], values).get(text_field) if isinstance(values, dict) else None)


def _encoded(value: object) -> bytes | Loss:
    if not isinstance(value, str):
        return "no_text_field"
    try:
        return value.encode()
    except UnicodeEncodeError:
        # A lone surrogate: a byte that was no UTF-8, or half of a pair that JSON wrote as \ud800.
        return "not_utf8"


def _rows(path: str, file: BinaryIO, text_field: str, not_taken: NotTaken) -> Iterator[Document]:
    from workloads.pipeline.app import parquet

    with _reading():
        count, values = parquet.column(file, text_field)
    if values is None:
        not_taken.add("no_text_field", path, count)
        return
    number = 0
    while True:
        with _reading():
            value = next(values, parquet.END)
        if value is parquet.END:
            return
        number += 1
        place = f"{path}:{number}"
        record = "not_utf8" if isinstance(value, bytes) else _encoded(value)
        if isinstance(record, bytes) and len(record) <= RECORD_CHARACTERS:
            yield Document(place, (record,))
        else:
            not_taken.add("too_long" if isinstance(record, bytes) else record, place)


@contextmanager
def _reading() -> Generator[None]:
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, ValueError):
        raise Lost("damaged") from None
    except OSError as error:
        # What the operating system refuses has a number; a decompressor's complaint has none.
        raise Lost("unreadable" if error.errno else "damaged") from None
