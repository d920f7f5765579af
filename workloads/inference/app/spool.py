"""The audit log on its way: on this disk before an answer ends, until the vault has it."""

import fcntl
import json
import os
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from workloads.inference.app.segments import Head, Segment, close, whole_lines

# A burst is cut into segments of about this size, so that one PUT carries each.
SEGMENT_BYTES = 8 << 20
_PART = re.compile(r"records-(\d{10})\.jsonl")
_CHAIN = "chain.json"


class SpoolHeld(Exception):
    """Another gateway writes to this folder."""


class Spool:
    """The folder of one model's records: `records-<n>.jsonl` in order, the last one open; `chain.json`, what was shipped.

    Calls may come from several threads.
    """

    def __init__(self, root: Path, model_digest: str) -> None:
        """Takes the folder for this process. Raises SpoolHeld, or OSError, also where the filesystem has no locks."""
        self._folder = root / model_digest
        self._model_digest = model_digest
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write = threading.Lock()
        self._ship = threading.Lock()
        self._hold = os.open(self._folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._hold)
            raise SpoolHeld(str(self._folder)) from None
        except OSError as error:
            os.close(self._hold)
            # Lustre answers ENOSYS where it is mounted without locks.
            remedy = f"cannot be locked ({error.strerror}): mount its filesystem with locks, e.g. Lustre with `flock`"
            raise OSError(error.errno, remedy, str(self._folder)) from error
        self._part = max([*self._parts(), self._shipped()[1]], default=0) + 1
        self._file: int | None = None

    def append(self, records: Sequence[bytes]) -> None:
        """Writes lines, one a record, and waits until the disk has them. Raises OSError; then it has none of them."""
        lines = b"".join(records)
        with self._write:
            file = self._open()
            before = os.fstat(file).st_size
            try:
                _write_all(file, lines)
                os.fsync(file)
            except OSError:
                # A full disk may have taken half a line; the next record must not continue it.
                os.ftruncate(file, before)
                raise
            if before + len(lines) >= SEGMENT_BYTES:
                self._rotate()

    def probe(self) -> None:
        """Raises OSError where a record could not be written now."""
        path = self._folder / "probe"
        with path.open("wb") as file:
            file.write(b"probe")
            file.flush()
            os.fsync(file.fileno())

    def waiting(self) -> int:
        """How many parts are still to be shipped."""
        return len(self._parts())

    def ship(self, keep: Callable[[Segment], None], resume: Callable[[], Head]) -> int:
        """Closes the open part, hands every part to `keep` in order, and returns how many.

        `resume` says where the chain ends where this disk no longer knows it. What `keep` raises ends the call; the part
        is handed on again, as the same bytes, at the next one.
        """
        with self._ship:
            with self._write:
                self._rotate()
            parts = self._parts()
            if not parts:
                return 0
            head, shipped = self._shipped()
            if head is None:
                head = resume()
            count = 0
            for number in parts:
                path = self._path(number)
                if number > shipped and (records := whole_lines(path.read_bytes())):
                    segment = close(records, head, self._model_digest)
                    keep(segment)
                    head = segment.head
                    count += 1
                    self._remember(head, number)
                path.unlink()
            return count

    def release(self) -> None:
        """Gives the folder back."""
        with self._write:
            self._rotate()
        os.close(self._hold)

    def _open(self) -> int:
        if self._file is None:
            self._file = os.open(
                self._path(self._part), os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600
            )
            _sync_folder(self._folder)
        return self._file

    def _rotate(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self._part += 1

    def _path(self, number: int) -> Path:
        return self._folder / f"records-{number:010d}.jsonl"

    def _parts(self) -> list[int]:
        return sorted(int(found[1]) for path in self._folder.iterdir() if (found := _PART.fullmatch(path.name)))

    def _shipped(self) -> tuple[Head | None, int]:
        """Where the chain ends, as far as this disk knows, and the last part that is in it."""
        try:
            values = cast(dict[str, object], json.loads((self._folder / _CHAIN).read_bytes()))
        except FileNotFoundError:
            return None, 0
        head = Head(sequence=int(str(values["sequence"])), sha256=str(values["sha256"]))
        return head, int(str(values["part"]))

    def _remember(self, head: Head, part: int) -> None:
        partial = self._folder / f"{_CHAIN}.partial"
        with partial.open("w") as file:
            json.dump({"sequence": head.sequence, "sha256": head.sha256, "part": part}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._folder / _CHAIN)
        _sync_folder(self._folder)


def left_by_others(root: Path, model_digest: str) -> list[str]:
    """The other models whose records still wait on this disk."""
    return sorted(
        folder.name for folder in root.iterdir() if folder.name != model_digest and any(folder.glob("records-*.jsonl"))
    )


def _write_all(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]


def _sync_folder(folder: Path) -> None:
    # A new name is on the disk only when its folder is.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
