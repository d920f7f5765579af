"""Downloads over HTTP: what passes by itself is tried again, what its user has to remedy is not."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from workloads.stage.app.error import StageError, Unavailable

ATTEMPTS = 5
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds; a server that asks for more is left to another attempt at the stage."""
TIMEOUT = 30.0
# Below 500, but of the moment: the request was too slow, came too early, or too often (RFC 9110, 8470, 6585).
_OF_THE_MOMENT = frozenset({408, 425, 429})


class _Again(Exception):
    """An attempt that may succeed later."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class Downloads:
    """GETs files, one connection for many."""

    def __init__(self, pause: Callable[[float], object] = time.sleep, timeout: float = TIMEOUT) -> None:
        self._pause = pause
        # Not compressed on the way: a file's own compression is told by its first bytes.
        self._client = httpx.Client(follow_redirects=True, timeout=timeout, headers={"Accept-Encoding": "identity"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def fetch(self, url: str, to: Path, room: int | None) -> None:
        """Writes a URL's whole body to a file, or a little more than `room` bytes of it.

        Raises StageError where the URL is wrong, Unavailable where its server does not answer as it should.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._attempt(url, to, room)
                return
            except _Again as again:
                pause = FIRST_PAUSE * 2 ** (attempt - 1) if again.after is None else again.after
                if attempt == ATTEMPTS or pause > LONGEST_PAUSE:
                    asked = "" if again.after is None else f", which asks to wait {again.after:.0f} s"
                    raise Unavailable(f"{url}: not fetched after {attempt} attempts: {again}{asked}") from None
                self._pause(pause)

    def _attempt(self, url: str, to: Path, room: int | None) -> None:
        try:
            with self._client.stream("GET", url) as answer:
                if answer.status_code >= 500 or answer.status_code in _OF_THE_MOMENT:
                    raise _Again(f"HTTP {answer.status_code}", _retry_after(answer.headers.get("Retry-After", "")))
                if not answer.is_success:
                    raise _refused(url, f"HTTP {answer.status_code}")
                _write(answer, to, room)
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.TooManyRedirects, httpx.InvalidURL) as error:
            raise _refused(url, str(error)) from None
        except httpx.RequestError as error:
            why = str(error) or type(error).__name__
            if "CERTIFICATE_VERIFY_FAILED" in why:
                raise _refused(url, why) from None
            raise _Again(why) from None


def _write(answer: httpx.Response, to: Path, room: int | None) -> None:
    total = 0
    with to.open("wb") as file:
        # A body shorter than its Content-Length, or without its last chunk, raises RemoteProtocolError.
        for chunk in answer.iter_bytes():
            file.write(chunk)
            total += len(chunk)
            if room is not None and total > room:
                return


def _refused(url: str, why: str) -> StageError:
    return StageError("recipe.ingest.source", url, f"can be fetched ({why})", "correct or remove the URL")


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from a number of them or a date (RFC 9110, 10.2.3); None where it is neither."""
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    # A date without a zone is in UTC, as HTTP's dates are.
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
