"""The time, as what waits for hours is given it."""

import time
from threading import Event
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds, from any point on."""
        ...

    def pause(self, seconds: float) -> None: ...


class SystemClock:
    """This machine's."""

    def __init__(self) -> None:
        self._never = Event()

    def now(self) -> float:
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        self._never.wait(seconds)
