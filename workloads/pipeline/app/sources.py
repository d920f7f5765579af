"""Where a corpus comes from: a folder, the standard library, an S3 prefix or a list of URLs."""

import hashlib
import os
import stat
import sysconfig
from collections.abc import Generator, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from workloads.pipeline.app.download import Downloads
from workloads.pipeline.app.losses import Lost, NotTaken
from workloads.stage.app.error import StageError
from workloads.stage.app.store import Store

STDLIB = "stdlib"
REMEDY = "set `source` to stdlib, a folder, s3://bucket/prefix or a list of http(s) URLs"
# Tests and installed packages are not what the library's licence and documentation cover alike on every machine.
_STDLIB_WITHOUT = frozenset(
    {"__pycache__", "test", "tests", "idle_test", "site-packages", "dist-packages", "lib-dynload"}
)
_STDLIB_TEXT = (".py", ".txt", ".rst", ".md")


@dataclass(frozen=True, slots=True)
class File:
    """A file that was found."""

    path: str
    name: str
    """Whose endings say how it is read."""
    size: int | None
    """Bytes; None where they are known only when it is read."""


class Source(Protocol):
    """Files that can be listed and opened."""

    def files(self, not_taken: NotTaken) -> list[File]:
        """Every file that may be opened; counts what else there is. Raises StageError for a source that is none."""
        ...

    def open(self, file: File, room: int | None) -> AbstractContextManager[BinaryIO]:
        """A file's bytes, which can seek; of more than `room` bytes, some after those may be missing. Raises Lost."""
        ...


def source_of(source: Sequence[str], scratch: Path) -> Source:
    """The source that a recipe names; `scratch` is a path for what has to be downloaded. Raises StageError."""
    if len(source) > 1 or (source and source[0].startswith(("http://", "https://"))):
        for url in source:
            if not url.startswith(("http://", "https://")):
                raise StageError("recipe.ingest.source", url, "is an http or https URL", REMEDY)
        return Urls(source, scratch)
    only = source[0] if source else ""
    if only == STDLIB:
        return Folder(Path(sysconfig.get_paths()["stdlib"]), _STDLIB_WITHOUT, _STDLIB_TEXT)
    if only.startswith("s3://"):
        return Prefix(only, scratch)
    if not only.startswith("/"):
        raise StageError("recipe.ingest.source", only, "is a known kind of source", REMEDY)
    return Folder(Path(only))


def spread(files: Iterable[File]) -> list[File]:
    """Files in an order that a path alone decides, so that a bounded corpus is spread over its source."""
    return sorted(files, key=lambda file: hashlib.sha256(file.path.encode("utf-8", "surrogateescape")).digest())


class Folder:
    """Plain files below a folder; a link is never followed, for it may lead out of it."""

    def __init__(self, root: Path, without: frozenset[str] = frozenset(), endings: tuple[str, ...] = ("",)) -> None:
        self._root = root
        self._without = without
        self._endings = endings

    def files(self, not_taken: NotTaken) -> list[File]:
        if not self._root.is_dir():
            rule = "is a folder that the pod can read"
            raise StageError("recipe.ingest.source", str(self._root), rule, REMEDY)
        found: list[File] = []
        left = [self._root]
        while left:
            folder = left.pop()
            try:
                with os.scandir(folder) as listed:
                    entries = list(listed)
            except OSError:
                not_taken.add("unreadable", f"{folder.relative_to(self._root)}/")
                continue
            for entry in entries:
                path = str(Path(entry.path).relative_to(self._root))
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    not_taken.add("unreadable", path)
                    continue
                if stat.S_ISDIR(status.st_mode):
                    if entry.name not in self._without:
                        left.append(Path(entry.path))
                elif not entry.name.endswith(self._endings):
                    continue
                elif stat.S_ISREG(status.st_mode):
                    found.append(File(path, entry.name, status.st_size))
                else:
                    not_taken.add("symlink" if stat.S_ISLNK(status.st_mode) else "special", path)
        return found

    @contextmanager
    def open(self, file: File, room: int | None) -> Generator[BinaryIO]:
        try:
            # O_NONBLOCK: where a pipe has taken the file's place, it would otherwise wait for its writer for ever.
            handle = os.open(self._root / file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            raise Lost("unreadable") from None
        with os.fdopen(handle, "rb") as content:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Lost("special")
            yield content


class Prefix:
    """The objects below a prefix of a bucket."""

    def __init__(self, source: str, scratch: Path) -> None:
        bucket, _, self._prefix = source.removeprefix("s3://").partition("/")
        if not bucket:
            raise StageError("recipe.ingest.source", source, "names a bucket", "write s3://bucket/prefix")
        self._source = source
        self._store = Store("objects", bucket)
        self._scratch = scratch

    def files(self, not_taken: NotTaken) -> list[File]:
        try:
            # An object that ends in a slash is how consoles show an empty folder.
            return [File(path, path, size) for path, size in self._store.listed(self._prefix) if not path.endswith("/")]
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            rule = f"is a prefix that can be listed ({code})"
            raise StageError("recipe.ingest.source", self._source, rule, REMEDY) from None

    @contextmanager
    def open(self, file: File, room: int | None) -> Generator[BinaryIO]:
        try:
            self._store.download(file.path, self._scratch, room)
        except ClientError as error:
            # Forbidden, archived, or gone since it was listed; all else is the store's own trouble.
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (403, 404):
                raise Lost("unreadable") from None
            raise
        with _downloaded(self._scratch) as content:
            yield content


class Urls:
    """One file behind each URL."""

    def __init__(self, urls: Sequence[str], scratch: Path) -> None:
        self._urls = urls
        self._scratch = scratch
        self._downloads = Downloads()

    def files(self, not_taken: NotTaken) -> list[File]:
        return [File(url, urlsplit(url).path, None) for url in self._urls]

    @contextmanager
    def open(self, file: File, room: int | None) -> Generator[BinaryIO]:
        self._downloads.fetch(file.path, self._scratch, room)
        with _downloaded(self._scratch) as content:
            yield content


@contextmanager
def _downloaded(scratch: Path) -> Generator[BinaryIO]:
    try:
        with scratch.open("rb") as content:
            yield content
    finally:
        scratch.unlink()
