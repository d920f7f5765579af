"""vLLM as its pod starts it, behind the gateway: nothing that a client is allowed to ask ends its engine."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import httpx
import pytest
from transformers import LlamaConfig

from tests.apps.inference.conftest import KEY, caller, started
from workloads.inference import model_server
from workloads.inference.app.limits import Limits
from workloads.recipe import Resources
from workloads.training.app import model

CONTEXT = 256
# Of the recipe that the server is started for; the model that is served came of another. Four long prompts fill a step.
RECIPE_CONTEXT = 16
VOCAB = 512
CLIENTS = 32
SECONDS = 15.0
START_SECONDS = 300
RESOURCES = Resources(pods=1, cpu_request=0.25, cpu=2, memory_gib=6, gpus=0, efa=0)
Request = dict[str, object]


def made(folder: Path) -> None:
    """A model that has learned nothing, of so many keys and values a token that the server's memory holds 64 short sequences."""
    # Its own code is text like any other.
    tokenizer = model.train_tokenizer(iter([Path(__file__).read_text()] * 4), VOCAB)
    configuration = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=8,
        head_dim=256,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.token_to_id(model.BEGIN),
        eos_token_id=tokenizer.token_to_id(model.END),
    )
    folder.mkdir()
    model.save(model.untrained(configuration, 17), tokenizer, folder)


@dataclass(frozen=True, slots=True)
class Server:
    """vLLM, and the gateway in front of it."""

    port: int
    gateway: str
    log: Path

    def preempted(self) -> float:
        """Sequences that gave their memory up to others, and were begun again."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("vllm:num_preemptions_total"))

    def assert_alive(self) -> None:
        answer = httpx.get(f"http://127.0.0.1:{self.port}/health", trust_env=False)
        assert answer.status_code == 200, self.log.read_text()[-4000:]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    folder = tmp_path_factory.mktemp("engine")
    made(folder / "model")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = model_server.command(
        str(folder / "model"), port, resources=RESOURCES, precision="float32", context=RECIPE_CONTEXT
    )
    log = folder / "vllm.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *command[1:]],
            env={**os.environ, **model_server.environment(RESOURCES)},
            stdout=stream,
            stderr=subprocess.STDOUT,
            # Its engine and workers are processes of their own, and end with their group.
            start_new_session=True,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, log)
        callers = folder / "callers.json"
        callers.write_text(json.dumps({"team": caller(KEY)}))
        with started(folder, port, Limits(), callers) as (gateway, _):
            yield Server(port, f"http://127.0.0.1:{gateway}", log)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        assert process.poll() is None, log.read_text()[-4000:]
        try:
            with urllib.request.urlopen(url):
                return
        except URLError:
            time.sleep(0.2)
    raise AssertionError(log.read_text()[-4000:])


def request(chance: random.Random) -> tuple[str, Request]:
    """What some client might ask: any fields that are served, together."""
    length = chance.choice([1, 5, 40, 120, 200, 250, CONTEXT - 2])
    fields: Request = {"model": model_server.SERVED_NAME, "max_tokens": chance.randrange(1, min(24, CONTEXT - length))}

    def tokens() -> list[int]:
        return [chance.randrange(2, VOCAB // 2) for _ in range(length)]

    def perhaps(share: float, name: str, *values: object) -> None:
        if chance.random() < share:
            fields[name] = chance.choice(values)

    perhaps(0.7, "seed", 0, 7, -1, 2**63 - 1, -(2**63))
    perhaps(0.7, "temperature", 1e-6, 0.3, 1, 2)
    perhaps(0.3, "top_p", 1e-9, 0.1, 1)
    perhaps(0.3, "top_k", -1, 0, 1, 5, 1 << 20)
    perhaps(0.3, "min_p", 0, 0.1, 1)
    perhaps(0.3, "n", 1, 2, 4)
    perhaps(0.2, "min_tokens", 0, 1)
    perhaps(0.3, "presence_penalty", -2, 2)
    perhaps(0.3, "frequency_penalty", -2, 0.5)
    perhaps(0.3, "repetition_penalty", 0.01, 1.1, 100)
    perhaps(0.2, "logit_bias", {"0": -100, "5": 100, "200": 1.5}, {})
    perhaps(0.3, "stop", "e", ["a", "\n", "self", " "], [])
    perhaps(0.2, "stop_token_ids", [], [5, 200])
    perhaps(0.2, "ignore_eos", True)
    perhaps(0.2, "skip_special_tokens", False)
    perhaps(0.4, "stream", True)
    perhaps(0.1, "response_format", {"type": "text"})
    if "stream" in fields:
        perhaps(0.5, "stream_options", {"include_usage": True})
    if chance.random() < 0.2:
        fields["messages"] = [{"role": "user", "content": "def " * (length // 8 + 1)}]
        if chance.random() < 0.5:
            fields |= {"logprobs": True, "top_logprobs": chance.choice([0, 20])}
        return "/v1/chat/completions", fields
    fields["prompt"] = chance.choice(["def read(", tokens(), tokens(), [tokens() for _ in range(3)]])
    if chance.random() < 0.4:
        fields["logprobs"] = chance.choice([0, 1, 20])
    else:
        perhaps(0.3, "echo", True)
    return "/v1/completions", fields


async def ask(clients: httpx.AsyncClient, path: str, fields: Request) -> str:
    """How it was answered, also where a stream says so after its head."""
    answer = await clients.post(path, json=fields)
    if answer.status_code != 200:
        return f"{answer.status_code} {answer.text[:200]}"
    return "200" if '"error"' not in answer.text else answer.text[-300:]


async def impatient(clients: httpx.AsyncClient, path: str, fields: Request) -> None:
    """Asks, and leaves before it is answered."""
    with suppress(httpx.TimeoutException):
        await clients.post(path, json=fields, timeout=0.1)


async def load(url: str) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    ends = time.monotonic() + SECONDS
    async with httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=240,
        limits=httpx.Limits(max_connections=2 * CLIENTS),
        trust_env=False,
    ) as clients:

        async def client(number: int) -> None:
            chance = random.Random(number)
            while time.monotonic() < ends:
                path, fields = request(chance)
                if chance.random() < 0.1:
                    await impatient(clients, path, fields)
                else:
                    outcomes[await ask(clients, path, fields)] += 1

        await asyncio.gather(*map(client, range(CLIENTS)))
    return outcomes


def test_seeded_requests_at_once_killed_the_engine(server: Server) -> None:
    outcomes = asyncio.run(load(server.gateway))
    server.assert_alive()
    # What vLLM itself refuses names what its client has to change.
    assert {outcome for outcome in outcomes if not outcome.startswith(("200", "400"))} == set()
    assert outcomes["200"] >= CLIENTS


def test_seeded_sequences_that_gave_their_memory_up_go_on(server: Server) -> None:
    fields: Request = {
        "model": model_server.SERVED_NAME,
        # One block of the server's memory each, and a second one soon.
        "prompt": [5] * 120,
        "n": 64,
        "seed": 7,
        "max_tokens": 12,
        "ignore_eos": True,
    }
    answer = httpx.post(
        f"{server.gateway}/v1/completions",
        json=fields,
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=240,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["usage"]["completion_tokens"] == 64 * 12
    assert server.preempted() > 0
    server.assert_alive()
