"""The door in front of the model server: no answer leaves before its record is on disk, and each record reaches the vault.

Where the spool cannot be written the gateway is not ready and answers nothing: an answer that cannot be accounted for
is not given.
"""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import httpx
import uvicorn
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from workloads.inference.app.recorder import Recorder
from workloads.inference.app.segments import Head, Record, Segment, head_of, prefix
from workloads.inference.app.spool import Spool, SpoolHeld, left_by_others
from workloads.protection.app.locked import LockedStore, offsite, retained_until, vault
from workloads.stage.app.fault import StageFault
from workloads.stage.app.store import environment

PORT = 8000
SHIP_SECONDS = 5.0
MOST_REQUEST_BYTES = 4 << 20
# What decides, with the model, which tokens come out.
SAMPLING = (
    *("seed", "temperature", "top_p", "top_k", "min_p", "n", "max_tokens", "max_completion_tokens", "stop", "stream"),
    *("presence_penalty", "frequency_penalty", "repetition_penalty", "logit_bias", "min_tokens", "ignore_eos"),
)
# Hop-by-hop headers, and those that the two servers set for themselves.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "date", "server", "accept-encoding"}
)


@dataclass(slots=True)
class Shipper:
    """Takes what the spool holds to the vault, then off site."""

    spool: Spool
    model_digest: str
    vault: LockedStore
    offsite: LockedStore
    fault: str = ""
    """Why the last try failed; "" where it did not."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def forever(self) -> None:
        """Ships every few seconds until stopped, and once more then."""
        stopped = False
        while not stopped:
            try:
                await asyncio.wait_for(self.stop.wait(), SHIP_SECONDS)
                stopped = True
            except TimeoutError:
                pass
            await asyncio.to_thread(self.once)

    def once(self) -> None:
        try:
            count = self.spool.ship(self._keep, self._resume)
        except (BotoCoreError, ClientError, StageFault, OSError) as error:
            # The records stay on disk, and the next try begins with them.
            self.fault = str(error).replace("\n", " ")
            print(f"gateway: segments wait on disk: {self.fault}", file=sys.stderr, flush=True)
            return
        self.fault = ""
        if count:
            print(f"gateway: {count} segments shipped", flush=True)

    def _keep(self, segment: Segment) -> None:
        until = retained_until()
        for store in (self.vault, self.offsite):
            store.keep(
                segment.name(self.model_digest), segment.content, segment.head.sha256, len(segment.content), until
            )

    def _resume(self) -> Head:
        return head_of(self.vault.last(prefix(self.model_digest)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway:
    """What a request needs."""

    model_digest: str
    spool: Spool
    recorder: Recorder
    shipper: Shipper
    server: httpx.AsyncClient

    async def health(self) -> Response:
        """200 where the model server is up and the spool can be written."""
        state: dict[str, object] = {"model_digest": self.model_digest}
        try:
            await asyncio.to_thread(self.spool.probe)
            state |= {"segments_waiting": self.spool.waiting(), "shipping": self.shipper.fault or "ok"}
            answer = await self.server.get("/health", timeout=5)
            status = answer.status_code
        except OSError as error:
            status, state["fault"] = 503, f"the spool cannot be written: {error.strerror}"
        except httpx.HTTPError:
            status, state["fault"] = 503, "the model server does not answer yet"
        return JSONResponse(state, status_code=status)

    async def forward(self, request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_REQUEST_BYTES:
                return _refused(413, f"a request has at most {MOST_REQUEST_BYTES} bytes")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS}
        # Without this the answer might come compressed, and the record of it could not be read.
        headers["accept-encoding"] = "identity"
        asked = self.server.build_request(
            request.method, request.url.path, params=request.url.query, content=bytes(body), headers=headers
        )
        try:
            answer = await self.server.send(asked, stream=True)
        except httpx.HTTPError as error:
            return _refused(502, f"the model server does not answer: {type(error).__name__}")
        record = Record(
            time=datetime.now(UTC).isoformat(),
            request_id=uuid.uuid4().hex,
            model_digest=self.model_digest,
            path=request.url.path,
            status=answer.status_code,
            request=body.decode("utf-8", "replace"),
            answer="",
            complete=False,
            sampling=sampling(bytes(body)),
        )
        passed = {name: value for name, value in answer.headers.items() if name.lower() not in _OWN_HEADERS}
        passed |= {"x-request-id": record.request_id, "x-model-digest": self.model_digest}
        if request.method != "POST":
            # A list of models is no answer of the model.
            return Response(await answer.aread(), answer.status_code, passed)
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return StreamingResponse(self._streamed(answer, record), answer.status_code, passed)
        return await self._whole(answer, record, passed)

    async def _whole(self, answer: httpx.Response, record: Record, headers: Mapping[str, str]) -> Response:
        try:
            content = await answer.aread()
        except httpx.HTTPError as error:
            return _refused(502, f"the model server broke off: {type(error).__name__}")
        finally:
            await answer.aclose()
        try:
            await self.recorder.keep(replace(record, answer=content.decode("utf-8", "replace"), complete=True))
        except OSError:
            return _refused(503, "the record of this answer cannot be written, so the answer is not given")
        return Response(content, answer.status_code, dict(headers))

    async def _streamed(self, answer: httpx.Response, record: Record) -> AsyncGenerator[bytes]:
        """Passes a stream on, one chunk behind: the last one goes out when the record is on disk."""
        seen, held = bytearray(), b""
        complete = False
        try:
            async for chunk in answer.aiter_bytes():
                if held:
                    yield held
                seen += chunk
                held = chunk
            complete = True
        finally:
            # Also where the client left: what it saw until then is on record. Shielded, for this task is being cancelled.
            await asyncio.shield(
                self._record(answer, replace(record, answer=seen.decode("utf-8", "replace"), complete=complete))
            )
        if held:
            yield held

    async def _record(self, answer: httpx.Response, record: Record) -> None:
        await self.recorder.keep(record)
        await answer.aclose()


def sampling(body: bytes) -> dict[str, object]:
    """The parameters of a request that decide which tokens come out."""
    try:
        values = cast(object, json.loads(body))
    except ValueError:
        return {}
    if not isinstance(values, dict):
        return {}
    given = cast(dict[str, object], values)
    return {name: given[name] for name in SAMPLING if name in given}


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": "gateway"}}, status_code=status)


def application(model_digest: str, root: Path, server: str) -> FastAPI:
    """The gateway of one model. Raises StageFault, SpoolHeld or OSError where it cannot start."""
    stores = vault(), offsite()
    shipper = Shipper(Spool(root, model_digest), model_digest, *stores)
    gateway = Gateway(
        model_digest=model_digest,
        spool=shipper.spool,
        recorder=Recorder(shipper.spool.append),
        shipper=shipper,
        # An answer may take as long as the model needs; only the way to it is short.
        server=httpx.AsyncClient(base_url=server, timeout=httpx.Timeout(None, connect=5)),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await asyncio.to_thread(shipper.once)
        await asyncio.to_thread(_ship_left, root, model_digest, *stores)
        shipping = asyncio.create_task(shipper.forever())
        async with aclosing(gateway.server):
            yield
        shipper.stop.set()
        await shipping
        shipper.spool.release()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/health", gateway.health, methods=["GET"], response_model=None)
    app.add_api_route("/v1/{path:path}", gateway.forward, methods=["GET", "POST"], response_model=None)
    return app


def _ship_left(root: Path, model_digest: str, kept: LockedStore, away: LockedStore) -> None:
    """Ships what gateways of earlier models left, unless one of them still runs."""
    for other in left_by_others(root, model_digest):
        try:
            spool = Spool(root, other)
        except SpoolHeld:
            continue
        Shipper(spool, other, kept, away).once()
        spool.release()


def main() -> int:
    root = Path(os.environ.get("SPOOL_DIR", "/spool"))
    try:
        retained_until()
        app = application(environment("MODEL_DIGEST"), root, os.environ.get("MODEL_SERVER", "http://127.0.0.1:8001"))
    except SpoolHeld as error:
        print(f"gateway: {error} is held by another gateway of this model; stop it first", file=sys.stderr)
        return 3
    except (StageFault, BotoCoreError, OSError) as error:
        print(f"gateway: {error}".replace("\n", " "), file=sys.stderr)
        return 3
    uvicorn.run(
        app, host="0.0.0.0", port=int(os.environ.get("PORT", PORT)), log_level="warning", timeout_graceful_shutdown=20
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
