"""One request on its way: who asks, what may be asked, the model server's answer, and the record of it."""

import asyncio
import hashlib
import sys
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from workloads.inference.app import asgi
from workloads.inference.app.asgi import ClientLeft, Receive, Send
from workloads.inference.app.callers import Callers
from workloads.inference.app.limits import Held, Limits
from workloads.inference.app.parameters import Accepted, accept
from workloads.inference.app.recorder import Recorder
from workloads.inference.app.refusal import Refusal
from workloads.inference.app.routes import Route, route_of
from workloads.inference.app.segments import Record
from workloads.inference.app.shipper import Shipper
from workloads.inference.app.upstream import ModelServer, ServerUnreachable

HEALTH = b"/health"
# nginx's status for a client that closed its connection before it was answered; nobody is sent it.
CLIENT_LEFT = 499


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy:
    """An ASGI application."""

    model_digest: str
    root: Path
    """Folder of the spools."""
    recorder: Recorder
    shipper: Shipper
    server: ModelServer
    callers: Callers
    limits: Limits
    _background: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def __call__(self, scope: Mapping[str, object], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        request_id = uuid.uuid4().hex
        headers = {"x-request-id": request_id, "x-model-digest": self.model_digest}
        try:
            if (scope["method"], scope["raw_path"]) == ("GET", HEALTH):
                await self._health(send, headers)
            else:
                await self._answer(scope, receive, send, headers)
        except Refusal as refusal:
            await asgi.refuse(send, refusal, headers)
        except ClientLeft:
            pass

    async def _answer(
        self, scope: Mapping[str, object], receive: Receive, send: Send, headers: Mapping[str, str]
    ) -> None:
        route = route_of(str(scope["method"]), cast(bytes, scope["raw_path"]))
        now = datetime.now(UTC)
        caller = self.callers.identify(asgi.header(scope, b"authorization"), now)
        with self.limits.admitted() as held:
            content = await asgi.body(receive, held)
            if not route.recorded:
                await self._pass(route, held, send, headers)
                return
            record = Record(
                time=now.isoformat(),
                request_id=headers["x-request-id"],
                model_digest=self.model_digest,
                caller=caller,
                path=route.path,
                status=CLIENT_LEFT,
                request=content.decode("utf-8", "replace"),
                answer="",
                complete=False,
                sampling={},
            )
            try:
                accepted = accept(route, content)
            except Refusal as refusal:
                await self._record(
                    replace(record, status=refusal.status, answer=refusal.content().decode(), complete=True)
                )
                raise
            exchange = Exchange(
                route=route,
                accepted=accepted,
                held=held,
                headers=headers,
                record=replace(record, sampling=accepted.sampling),
            )
            await until_left(receive, self._exchange(exchange, send))

    async def _pass(self, route: Route, held: Held, send: Send, headers: Mapping[str, str]) -> None:
        """An answer that is not the model's."""
        content = bytearray()
        try:
            async with self.server.open(route.method, route.path, b"", headers["x-request-id"]) as answer:
                async for chunk in answer.chunks():
                    held.add(len(chunk))
                    content += chunk
        except ServerUnreachable as error:
            raise unreachable(error) from None
        await asgi.whole(send, answer.status, answer.content_type, bytes(content), headers)

    async def _exchange(self, exchange: "Exchange", send: Send) -> None:
        """Asks the model. Whatever comes of it, also where the client leaves, one record says so."""
        refusal: Refusal | None = None
        try:
            await exchange.run(self.server, send)
        except ServerUnreachable as error:
            refusal = unreachable(error)
        except Refusal as error:
            refusal = error
        except BaseException:
            # The client left: what it was sent until then is on record.
            await self._record(exchange.outcome())
            raise
        if refusal and not exchange.begun:
            exchange.status = refusal.status
        await self._record(exchange.outcome())
        if not refusal:
            await exchange.finish(send)
        elif not exchange.begun:
            raise refusal
        # A stream that broke off ends without its last chunk, so that no client takes it for a whole one.

    async def _record(self, record: Record) -> None:
        """Raises Refusal where the record cannot be written. Goes on where this request's task is cancelled."""
        writing = asyncio.ensure_future(self.recorder.keep(record))
        self._background.add(writing)
        writing.add_done_callback(self._background.discard)
        try:
            await asyncio.shield(writing)
        except OSError as error:
            print(f"gateway: a record cannot be written: {error.strerror}", file=sys.stderr, flush=True)
            raise Refusal(
                503, "the record of this answer cannot be written, so the answer is not given", "not_recorded"
            ) from None

    async def _health(self, send: Send, headers: Mapping[str, str]) -> None:
        """200 where the model server is up, the spool can be written and the callers can be read."""
        state: dict[str, object] = {"model_digest": self.model_digest, "requests": self.limits.requests}
        try:
            await asyncio.to_thread(self.shipper.spool.probe)
            state |= {"segments_waiting": self.shipper.spool.waiting(), "shipping": self.shipper.failure or "ok"}
            status = await self.server.health()
        except OSError as error:
            status, state["fault"] = 503, f"the spool cannot be written: {error.strerror}"
        except ServerUnreachable:
            status, state["fault"] = 503, "the model server does not answer yet"
        if failure := self.callers.failure():
            status, state["fault"] = 503, failure
        await asgi.whole(send, status, asgi.JSON, asgi.json_of(state), headers)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.to_thread(self.shipper.once)
        await asyncio.to_thread(self.shipper.ship_left, self.root)
        shipping = asyncio.create_task(self.shipper.forever())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.server.close()
        self.shipper.stop.set()
        await shipping
        self.shipper.spool.release()
        await send({"type": "lifespan.shutdown.complete"})


@dataclass(kw_only=True, slots=True)
class Exchange:
    """A request that was forwarded, and what came back of it until now."""

    route: Route
    accepted: Accepted
    held: Held
    headers: Mapping[str, str]
    record: Record
    status: int = CLIENT_LEFT
    begun: bool = False
    """Whether the client was sent the head of a stream: nothing else can be told it from then on."""
    complete: bool = False
    content_type: str = ""
    seen: bytearray = field(default_factory=bytearray)
    last: bytes = b""
    """The chunk of a stream that waits until the record is on disk."""

    async def run(self, server: ModelServer, send: Send) -> None:
        """Reads the whole answer, and passes a stream on, one chunk behind. Raises ServerUnreachable or Refusal."""
        salt = hashlib.sha256(self.record.caller.encode()).hexdigest()
        content = self.accepted.content(salt)
        async with server.open(self.route.method, self.route.path, content, self.record.request_id) as answer:
            self.status, self.content_type = answer.status, answer.content_type
            if answer.is_stream:
                self.begun = True
                await asgi.start(send, answer.status, answer.content_type, self.headers)
            async for chunk in answer.chunks():
                self.held.add(len(chunk))
                self.seen += chunk
                if self.begun and self.last:
                    await asgi.part(send, self.last, more=True)
                self.last = chunk
        self.complete = True

    async def finish(self, send: Send) -> None:
        """Gives what was held back; the record is on disk."""
        if self.begun:
            await asgi.part(send, self.last, more=False)
        else:
            await asgi.whole(send, self.status, self.content_type, bytes(self.seen), self.headers)

    def outcome(self) -> Record:
        return replace(
            self.record, status=self.status, answer=self.seen.decode("utf-8", "replace"), complete=self.complete
        )


async def until_left(receive: Receive, work: Coroutine[object, object, None]) -> None:
    """Runs `work` until it ends, or the client leaves: then it is cancelled, and waited for."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(asgi.left(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Also where this task itself is cancelled, because the gateway ends.
        leaving.cancel()
        working.cancel()
        await asyncio.wait((working,))
    if not working.cancelled():
        working.result()


def unreachable(error: ServerUnreachable) -> Refusal:
    return Refusal(502, f"the model server does not answer: {error}", "model_server_unreachable", retry_after=1)
