"""Records that go to disk together: under load, one wait for the disk carries many answers."""

import asyncio
from collections.abc import Callable, Sequence

from workloads.inference.app.segments import Record


class Recorder:
    """Writes the records of one event loop's tasks, those of one moment at once."""

    def __init__(self, append: Callable[[Sequence[bytes]], None]) -> None:
        """`append`: writes lines and returns when the disk has them; it runs in a thread, one call at a time."""
        self._append = append
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, record: Record) -> None:
        """Returns when the disk has the record. Raises OSError where it does not get there, ValueError where it is no JSON."""
        # Here, so that a record that cannot be written is the fault of its own request alone.
        line = record.line()
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        # What comes while the disk is busy is its next batch.
        while self._waiting:
            batch, self._waiting = self._waiting, []
            failure: Exception | None = None
            try:
                await asyncio.to_thread(self._append, [line for line, _ in batch])
            except Exception as error:
                # Whatever it is, each one who waits is told: an answer that hangs holds its place for ever.
                failure = error
            for _, kept in batch:
                # A client that left does not wait any more; its record was written all the same.
                if kept.done():
                    continue
                if isinstance(failure, OSError):
                    kept.set_exception(OSError(failure.errno, failure.strerror))
                elif failure:
                    kept.set_exception(RuntimeError(str(failure)))
                else:
                    kept.set_result(None)
