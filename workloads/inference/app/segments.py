"""The audit log as a chain of segments: each names the digest of the one before it, so that none can be missing unseen."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import cast

GENESIS = "0" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One answer, as it was asked for and given."""

    time: str
    request_id: str
    model_digest: str
    caller: str
    """Name of the one who asked; never the key."""
    path: str
    status: int
    """499 where the client left before there was an answer."""
    request: str
    answer: str
    complete: bool
    """False where the client left, or the server broke off, before the end."""
    sampling: Mapping[str, object]
    """The seed and the sampling parameters of the request; what is absent was the server's default."""

    def line(self) -> bytes:
        """One line of strict JSON (RFC 8259) in UTF-8. Raises ValueError for a value that has no form there, such as NaN."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "replace") + b"\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The end of a chain."""

    sequence: int
    sha256: str


START = Head(sequence=0, sha256=GENESIS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A closed part of the log, with its place in the chain."""

    head: Head
    content: bytes

    def name(self, model_digest: str) -> str:
        return f"{prefix(model_digest)}{self.head.sequence:010d}-{self.head.sha256}.jsonl"


def prefix(model_digest: str) -> str:
    return f"inference-logs/{model_digest}/"


def close(records: bytes, previous: Head, model_digest: str) -> Segment:
    """The segment that follows `previous`; the same records at the same place are the same bytes."""
    link = {"segment": previous.sequence + 1, "previous": previous.sha256, "model_digest": model_digest}
    content = json.dumps(link, sort_keys=True).encode() + b"\n" + records
    return Segment(
        head=Head(sequence=previous.sequence + 1, sha256=hashlib.sha256(content).hexdigest()), content=content
    )


def head_of(path: str) -> Head:
    """The head that a segment's path names; that of an empty chain for ""."""
    if not path:
        return START
    sequence, _, sha256 = path.rpartition("/")[2].removesuffix(".jsonl").partition("-")
    return Head(sequence=int(sequence), sha256=sha256)


def fault_of(contents: Iterable[bytes]) -> str:
    """What breaks the chain of these segments, in order from the first; "" where nothing does."""
    previous = START
    for content in contents:
        try:
            link = cast(dict[str, object], json.loads(content.partition(b"\n")[0]))
        except ValueError:
            return f"segment {previous.sequence + 1} does not begin with a link"
        if link.get("segment") != previous.sequence + 1:
            return f"segment {previous.sequence + 1} is missing: {link.get('segment')} follows {previous.sequence}"
        if link.get("previous") != previous.sha256:
            return f"segment {previous.sequence + 1} does not follow the segment before it: one of the two was changed"
        previous = Head(sequence=previous.sequence + 1, sha256=hashlib.sha256(content).hexdigest())
    return ""


def whole_lines(content: bytes) -> bytes:
    """Without the line that a crash cut short: its answer was never finished either."""
    return content[: content.rfind(b"\n") + 1]
