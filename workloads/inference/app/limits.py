"""How much is in flight at once. What comes beyond it is told when to come again, rather than waiting where nobody sees it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from workloads.inference.app.refusal import Refusal

RETRY_SECONDS = 1
MOST_REQUESTS = 256
"""Requests in flight; each has a connection to the model server. vLLM queues what it does not compute at once."""
MOST_BYTES = 128 << 20
"""Bytes of requests and answers that are held at once: some four times this is what they take of the gateway's memory."""


@dataclass(slots=True)
class Held:
    """The bytes of one request and of its answer."""

    limits: "Limits"
    size: int = 0

    def add(self, size: int) -> None:
        """Raises Refusal where the gateway holds too much already."""
        if self.limits.held + size > self.limits.most_bytes:
            raise Refusal(
                429,
                f"the gateway holds {self.limits.most_bytes >> 20} MiB of requests and answers; ask again later",
                "rate_limit_exceeded",
                retry_after=RETRY_SECONDS,
            )
        self.size += size
        self.limits.held += size


@dataclass(slots=True)
class Limits:
    """Counts of one event loop."""

    most_requests: int = MOST_REQUESTS
    most_bytes: int = MOST_BYTES
    requests: int = field(default=0, init=False)
    held: int = field(default=0, init=False)

    @contextmanager
    def admitted(self) -> Generator[Held]:
        """A place for one request. Raises Refusal where none is left."""
        if self.requests >= self.most_requests:
            raise Refusal(
                429,
                f"{self.most_requests} requests are in flight; ask again later",
                "rate_limit_exceeded",
                retry_after=RETRY_SECONDS,
            )
        self.requests += 1
        held = Held(self)
        try:
            yield held
        finally:
            self.requests -= 1
            self.held -= held.size
