"""The audit log on its way: what is written together, and what a client is told where it cannot be written."""

import asyncio
import errno
import fcntl
import os
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from workloads.inference.app.recorder import Recorder
from workloads.inference.app.segments import START, Record, Segment, fault_of
from workloads.inference.app.spool import Spool, SpoolHeld

Outcome = TypeVar("Outcome")


def run(task: Coroutine[object, object, Outcome]) -> Outcome:
    """In a loop of its own; `asyncio.run` would take away that of the thread, which Pulumi's mocks use."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(task)


def record(number: int) -> Record:
    return Record(
        time="2026-01-01T00:00:00+00:00",
        request_id=f"{number:032x}",
        model_digest="m",
        caller="team",
        path="/v1/completions",
        status=200,
        request="asked",
        answer="given",
        complete=True,
        sampling={},
    )


def shipped(spool: Spool) -> list[bytes]:
    segments: list[Segment] = []
    spool.ship(segments.append, lambda: START)
    return [segment.content for segment in segments]


def test_records_that_come_while_the_disk_is_busy_are_written_at_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "m")
    batches: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def append(records: Sequence[bytes]) -> None:
        begun.set()
        go.wait(10)
        batches.append(len(records))
        spool.append(records)

    async def answer() -> None:
        recorder = Recorder(append)
        first = asyncio.create_task(recorder.keep(record(0)))
        await asyncio.to_thread(begun.wait, 10)
        others = [asyncio.create_task(recorder.keep(record(number))) for number in range(1, 20)]
        # Each has run until it waits for its record.
        await asyncio.sleep(0)
        assert not any(task.done() for task in (first, *others))
        go.set()
        await asyncio.gather(first, *others)

    run(answer())
    assert batches == [1, 19]
    contents = shipped(spool)
    assert fault_of(contents) == ""
    assert b"".join(contents).count(b'"request_id"') == 20
    spool.release()


def test_what_the_disk_does_not_take_is_told_to_each_client_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, "m")
    spool.append([record(1).line()])
    sync = os.fsync

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async def answer() -> list[BaseException | None]:
        recorder = Recorder(spool.append)
        return await asyncio.gather(*(recorder.keep(record(number)) for number in (2, 3)), return_exceptions=True)

    monkeypatch.setattr(os, "fsync", full)
    outcomes = run(answer())
    assert [error.errno for error in outcomes if isinstance(error, OSError)] == [errno.ENOSPC, errno.ENOSPC]
    monkeypatch.setattr(os, "fsync", sync)
    spool.append([record(4).line()])
    output = b"".join(shipped(spool))
    assert [f"{number:032x}".encode() in output for number in (1, 2, 3, 4)] == [True, False, False, True]
    spool.release()


def test_a_client_that_left_keeps_no_other_from_its_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "m")

    async def answer() -> None:
        recorder = Recorder(spool.append)
        left, stays = (asyncio.create_task(recorder.keep(record(number))) for number in (1, 2))
        await asyncio.sleep(0)
        left.cancel()
        await stays

    run(answer())
    assert b"".join(shipped(spool)).count(b'"request_id"') == 2
    spool.release()


def test_a_filesystem_without_locks_was_said_to_be_another_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What Lustre answers that is mounted without `flock`; there is none here to mount.
    def refuse(_file: int, _how: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match=r"cannot be locked .*Lustre with `flock`"):
        Spool(tmp_path, "m")
    monkeypatch.undo()
    held = Spool(tmp_path, "m")
    with pytest.raises(SpoolHeld):
        Spool(tmp_path, "m")
    held.release()
