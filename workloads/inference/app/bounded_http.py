"""HTTP/1.1 as uvicorn speaks it, with a bound on what a client may send, and how long it may take, before it has said who it is.

uvicorn with httptools has neither: headers without end fill the memory, and connections that never ask fill the table of files.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 << 10
HEAD_SECONDS = 30.0


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose request line and headers are too long, or do not end in time."""

    _head_bytes = 0
    _in_head = True
    _head_ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES:
            self.transport.close()
            return
        before = self._in_head
        super().data_received(data)
        # What was read at once may hold the end of a head and a body's begin: only a head that goes on is counted.
        if before and self._in_head:
            self._head_bytes += len(data)

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        self._start_clock()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._stop_clock()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def _start_clock(self) -> None:
        self._stop_clock()
        self._head_ends = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_clock(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None
