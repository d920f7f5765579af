"""The model server behind the gateway, over loopback."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

CONNECT_SECONDS = 5.0
HEALTH_SECONDS = 2.0
# The server closes a connection that is idle for 5 s (uvicorn): one that is older must not be given the next request.
IDLE_SECONDS = 3.0


class ServerUnreachable(Exception):
    """The model server does not answer, or broke off."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose head is there."""

    status: int
    content_type: str
    _response: httpx.Response

    @property
    def is_stream(self) -> bool:
        return self.content_type.startswith("text/event-stream")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its body as it comes. Raises ServerUnreachable where the server breaks off."""
        try:
            async for chunk in self._response.aiter_raw():
                yield chunk
        except httpx.HTTPError as error:
            raise ServerUnreachable(type(error).__name__) from error


class ModelServer:
    """Its connections: at most `connections` for answers, and one of its own to ask whether it is up."""

    def __init__(self, url: str, connections: int) -> None:
        # Nothing on the way but loopback: a proxy of the environment is for the stores.
        self._answers = httpx.AsyncClient(
            base_url=url,
            # An answer may take as long as the model needs; only the way to it is short.
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            limits=httpx.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=IDLE_SECONDS
            ),
            trust_env=False,
        )
        self._health = httpx.AsyncClient(
            base_url=url,
            timeout=HEALTH_SECONDS,
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS),
            trust_env=False,
        )

    @asynccontextmanager
    async def open(self, method: str, path: str, content: bytes, request_id: str) -> AsyncGenerator[Answer]:
        """Asks, and ends what is still running when the block is left, by whatever way: the server then stops computing it.

        Nothing of the client's own headers is passed on. Raises ServerUnreachable.
        """
        headers = {
            # Without this the answer might come compressed, and the record of it could not be read.
            "accept-encoding": "identity",
            "x-request-id": request_id,
            **({"content-type": "application/json"} if content else {}),
        }
        asked = self._answers.build_request(method, path, content=content, headers=headers)
        try:
            response = await self._answers.send(asked, stream=True)
        except httpx.HTTPError as error:
            raise ServerUnreachable(type(error).__name__) from error
        try:
            yield Answer(response.status_code, response.headers.get("content-type", ""), response)
        finally:
            await response.aclose()

    async def health(self) -> int:
        """Status of the server's own health. Raises ServerUnreachable."""
        try:
            return (await self._health.get("/health")).status_code
        except httpx.HTTPError as error:
            raise ServerUnreachable(type(error).__name__) from error

    async def close(self) -> None:
        await self._answers.aclose()
        await self._health.aclose()
