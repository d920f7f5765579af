"""Run in the serving pod: asks the gateway and vLLM in turns, from some clients at a time, and prints a line of JSON a round.

`python3 - '{"ports": {"gateway": 8000, "vllm": 8001}, "clients": [1, 8], "answers": [40, 80], "rounds": 5, "tokens": 16,
"model": "aifactory", "limit": 120}'`. Sends to 127.0.0.1 only, and no more than it is told: `answers[i]` requests a round from
`clients[i]` clients, each round ended after `limit` seconds. Only the standard library: its own work is small beside an answer.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict, cast

# By which the gateway knows who asks; whoever runs this puts it before the script, where no list of processes shows it.
KEY = cast("str", globals().get("KEY", ""))


class Asked(TypedDict):
    """What the script is told."""

    ports: dict[str, int]
    clients: list[int]
    answers: list[int]
    rounds: int
    tokens: int
    model: str
    limit: float


@dataclass
class Round:
    """Requests to one port."""

    port: int
    numbers: Iterator[int]
    """One for each request that is left; clients share them."""
    prompts: Iterator[int]
    tokens: int
    model: str
    latencies: list[float] = field(default_factory=list[float])

    async def client(self) -> None:
        """Asks over one connection until nothing is left to ask."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for _ in self.numbers:
                request = self.request()
                began = time.perf_counter()
                writer.write(request)
                await writer.drain()
                status, content = await answer(reader)
                self.latencies.append(time.perf_counter() - began)
                if status != 200:
                    raise RuntimeError(f"port {self.port} answered {status}: {content[:300]!r}")
        finally:
            writer.close()

    def request(self) -> bytes:
        """A prompt that was never asked: a server that keeps what it computed for a prompt gains nothing by it."""
        body = json.dumps(
            {
                "model": self.model,
                "prompt": f"{next(self.prompts):020d}\ndef read(self, path):\n    ",
                "max_tokens": self.tokens,
                "temperature": 0,
                # Every answer has the same length.
                "ignore_eos": True,
            }
        ).encode()
        head = (
            "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and content of an answer that says its length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    if "content-length" not in headers:
        raise RuntimeError(f"an answer without a length: {head[0]}")
    return int(head[0].split()[1]), await reader.readexactly(int(headers["content-length"]))


async def measured(
    asked: Asked, port: int, clients: int, answers: int, prompts: Iterator[int]
) -> tuple[float, list[float]]:
    """Seconds of a round, and of each answer in it."""
    one = Round(port, iter(range(answers)), prompts, asked["tokens"], asked["model"])
    began = time.perf_counter()
    await asyncio.wait_for(asyncio.gather(*(one.client() for _ in range(clients))), asked["limit"])
    return time.perf_counter() - began, one.latencies


async def main() -> None:
    asked = cast("Asked", json.loads(sys.argv[1]))
    prompts = itertools.count(time.time_ns())
    sides = list(asked["ports"])
    for side in sides:
        await measured(asked, asked["ports"][side], 2, 4, prompts)
    for clients, answers in zip(asked["clients"], asked["answers"], strict=True):
        for number in range(asked["rounds"]):
            for side in sides if number % 2 == 0 else reversed(sides):
                seconds, latencies = await measured(asked, asked["ports"][side], clients, answers, prompts)
                found = {
                    "clients": clients,
                    "round": number,
                    "side": side,
                    "seconds": round(seconds, 4),
                    "latencies": [round(latency, 5) for latency in latencies],
                }
                print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
