"""The few messages of ASGI that the gateway needs, typed. A framework would read the body before it is admitted."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import cast

from workloads.inference.app.limits import Held
from workloads.inference.app.refusal import Refusal

Message = dict[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
MOST_REQUEST_BYTES = 1 << 20
BODY_SECONDS = 30.0
# A client that takes nothing for so long has left.
READ_SECONDS = 60.0
JSON = "application/json"


class ClientLeft(Exception):
    """The client closed its connection."""


def header(scope: Mapping[str, object], name: bytes) -> str:
    """A header's only value. Raises Refusal where it is given twice: two readers might take each another one."""
    headers = cast(Iterable[tuple[bytes, bytes]], scope["headers"])
    found = [value for key, value in headers if key.lower() == name]
    if len(found) > 1:
        raise Refusal(400, f"the header `{name.decode()}` is given more than once", "invalid_header")
    return found[0].decode("latin-1") if found else ""


async def body(receive: Receive, held: Held) -> bytes:
    """The request's body. Raises Refusal for one that is too long or too slow, ClientLeft where it does not end."""
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                chunk = cast(bytes, message.get("body", b""))
                held.add(len(chunk))
                content += chunk
                if len(content) > MOST_REQUEST_BYTES:
                    raise Refusal(413, f"a request has at most {MOST_REQUEST_BYTES} bytes", "request_too_large")
                if not message.get("more_body"):
                    return bytes(content)
    except TimeoutError:
        raise Refusal(408, f"the request did not arrive within {BODY_SECONDS:g} s", "request_timeout") from None


async def left(receive: Receive) -> None:
    """Returns when the client closes its connection; called after the whole body was read."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def start(send: Send, status: int, content_type: str, headers: Mapping[str, str]) -> None:
    every = {"content-type": content_type, **headers}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in every.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


async def part(send: Send, content: bytes, *, more: bool) -> None:
    """Raises ClientLeft where the client does not read: it would hold its place for ever."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            await send({"type": "http.response.body", "body": content, "more_body": more})
    except TimeoutError:
        raise ClientLeft from None


async def whole(send: Send, status: int, content_type: str, content: bytes, headers: Mapping[str, str]) -> None:
    await start(send, status, content_type, {**headers, "content-length": str(len(content))})
    await part(send, content, more=False)


def json_of(values: Mapping[str, object]) -> bytes:
    return json.dumps(values, allow_nan=False).encode()


async def refuse(send: Send, refusal: Refusal, headers: Mapping[str, str]) -> None:
    more: dict[str, str] = {}
    if refusal.status == 401:
        more["www-authenticate"] = "Bearer"
    if refusal.retry_after:
        more["retry-after"] = str(refusal.retry_after)
    if refusal.status in (408, 413):
        # What is left of the body is not read.
        more["connection"] = "close"
    await whole(send, refusal.status, JSON, refusal.content(), {**headers, **more})
