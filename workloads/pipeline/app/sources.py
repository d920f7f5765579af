"""Where a corpus comes from: a folder, the standard library, an S3 prefix or a list of URLs."""

import hashlib
import os
import stat
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from botocore.exceptions import ClientError

from workloads.stage.app.documents import Document
from workloads.stage.app.fault import StageFault
from workloads.stage.app.store import Store

STDLIB = "stdlib"
REMEDY = "set `source` to stdlib, a folder, s3://bucket/prefix or a list of http(s) URLs"
# Tests and installed packages are not what the library's licence and documentation cover alike on every machine.
_STDLIB_WITHOUT = frozenset(
    {"__pycache__", "test", "tests", "idle_test", "site-packages", "dist-packages", "lib-dynload"}
)
_STDLIB_TEXT = (".py", ".txt", ".rst", ".md")


@dataclass(frozen=True, slots=True)
class Found:
    """A document that was found, and how to read it: at most `room` bytes, None where it is no plain file or is larger."""

    path: str
    read: Callable[[int], bytes | None]


def found(source: Sequence[str], scratch: Path) -> list[Found]:
    """Every document of the source. Raises StageFault where the source cannot be read."""
    if len(source) > 1 or (source and source[0].startswith(("http://", "https://"))):
        return _urls(source)
    only = source[0] if source else ""
    if only == STDLIB:
        return list(_files(Path(sysconfig.get_paths()["stdlib"]), _STDLIB_WITHOUT, _STDLIB_TEXT))
    if only.startswith("s3://"):
        return _prefix(only, scratch)
    if not only.startswith("/"):
        raise StageFault("recipe.ingest.source", only, "is a known kind of source", REMEDY)
    folder = Path(only)
    if not folder.is_dir():
        raise StageFault("recipe.ingest.source", only, "is a folder that the pod can read", REMEDY)
    return list(_files(folder))


def sample(documents: Sequence[Found], max_bytes: int) -> Iterator[Document]:
    """Documents up to `max_bytes`, in an order that a path alone decides, so that a bounded corpus is spread over the source."""
    room = max_bytes
    for document in sorted(
        documents, key=lambda item: hashlib.sha256(item.path.encode("utf-8", "surrogateescape")).digest()
    ):
        data = document.read(room)
        if data is not None:
            room -= len(data)
            # A name that is no UTF-8 is kept readable and distinct.
            yield Document(document.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"), data)


def _files(root: Path, without: frozenset[str] = frozenset(), endings: tuple[str, ...] = ("",)) -> Iterator[Found]:
    """Plain files below `root`; a link is never followed, for it may lead out of the folder."""
    for folder, below, names in os.walk(root, followlinks=False):
        below[:] = sorted(name for name in below if name not in without)
        for name in sorted(names):
            if name.endswith(endings):
                path = Path(folder, name)
                yield Found(str(path.relative_to(root)), lambda room, path=path: _read(path, room))


def _read(path: Path, room: int) -> bytes | None:
    # O_NONBLOCK: a pipe would otherwise wait for its writer for ever.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        data = file.read(room + 1)
        return data if len(data) <= room else None


def _prefix(source: str, scratch: Path) -> list[Found]:
    bucket, _, prefix = source.removeprefix("s3://").partition("/")
    if not bucket:
        raise StageFault("recipe.ingest.source", source, "names a bucket", "write s3://bucket/prefix")
    store = Store("objects", bucket)

    def read(path: str, size: int, room: int) -> bytes | None:
        if size > room:
            return None
        store.download(path, scratch)
        return scratch.read_bytes()

    try:
        return [
            Found(path, lambda room, path=path, size=size: read(path, size, room))
            for path, size in store.listed(prefix)
            if not path.endswith("/")
        ]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise StageFault("recipe.ingest.source", source, f"is a prefix that can be listed ({code})", REMEDY) from None


def _urls(source: Sequence[str]) -> list[Found]:
    for url in source:
        if not url.startswith(("http://", "https://")):
            raise StageFault("recipe.ingest.source", url, "is an http or https URL", REMEDY)
    return [Found(url, lambda room, url=url: _download(url, room)) for url in source]


def _download(url: str, room: int) -> bytes | None:
    data = bytearray()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=30) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > room:
                    return None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StageFault(
            "recipe.ingest.source", url, f"can be fetched ({error})", "correct or remove the URL"
        ) from None
    return bytes(data)
