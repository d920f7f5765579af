"""Answers through the gateway against answers of vLLM itself, asked from inside the serving pod of a running lab."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from benchmarks.factory import Factory
from benchmarks.figures import Goal, numbers, percentile
from benchmarks.record import Record
from cli.callers import key_file
from host.documents import mapping, sequence, text
from workloads.inference.model_server import SERVED_NAME
from workloads.inference.spec import NAME, PORT, SERVER_PORT

SCRIPT = Path(__file__).parent / "pods" / "load.py"
ROUNDS = 6
TOKENS = 16
# Clients at a time -> answers a round: five waves or more, so that a round is no single burst.
ANSWERS: Mapping[int, int] = {1: 40, 8: 80, 32: 160}
# Seconds after which a round has failed.
LIMIT = 120
GOAL = Goal("at most", 1.05)


def measure(record: Record) -> None:
    """Asks both in turns, at each number of clients."""
    factory = Factory.running()
    rounds = 1 if record.quick else ROUNDS
    answers = {clients: clients * 2 for clients in ANSWERS} if record.quick else ANSWERS
    record.parameters |= {
        "tokens an answer": TOKENS,
        "rounds": rounds,
        "answers a round": ", ".join(f"{count} from {clients}" for clients, count in answers.items()),
    }
    record.notes.append(
        "Asked over loopback in the model server's container, so that asking takes nothing of the gateway's share; each prompt is "
        "new to the server, every answer of the same length. What the gateway adds holds the record's way to the disk (fsync); "
        "records of these answers are in the vault like all others."
    )
    for clients in answers:
        record.compare(
            f"p50, {_of(clients)}", _figure("p50", "gateway", clients), _figure("p50", "vLLM", clients), GOAL
        )
    asked = json.dumps(
        {
            "ports": {"gateway": PORT, "vLLM": SERVER_PORT},
            "clients": list(answers),
            "answers": list(answers.values()),
            "rounds": rounds,
            "tokens": TOKENS,
            "model": SERVED_NAME,
            "limit": LIMIT,
        }
    )
    pooled: dict[tuple[str, int], list[float]] = {}
    where = [f"deployment/{NAME}", "--container", "vllm"]
    # A third of what the rounds may take at most; a server so slow is no server to measure.
    limit = LIMIT * rounds * len(answers) * 2 / 3 + LIMIT
    key = key_file(factory.home).read_text()
    with factory.script(where, SCRIPT, asked, limit=limit, prelude=f"KEY = {key!r}\n") as lines:
        for line in lines:
            if not line.startswith("{"):
                record.say(f"    {line.rstrip()}")
                continue
            found = mapping(cast("object", json.loads(line)))
            side, (number, seconds) = text(found.get("side")), numbers([found.get("clients"), found.get("seconds")])
            clients, latencies = int(number), numbers(sequence(found.get("latencies")))
            pooled.setdefault((side, clients), []).extend(latencies)
            record.add(_figure("p50", side, clients), percentile(latencies, 0.5) * 1000, "ms")
            record.add(_figure("answers", side, clients), len(latencies) / seconds, "answers/s")
    for clients in answers:
        at = {side: percentile(pooled[side, clients], 0.99) * 1000 for side in ("gateway", "vLLM")}
        for side, value in at.items():
            record.add(_figure("p99", side, clients), value, "ms, of all rounds")
        record.add(f"added p99, {_of(clients)}", at["gateway"] - at["vLLM"], "ms, of all rounds")


def _figure(what: str, side: str, clients: int) -> str:
    return f"{what}, {side}, {_of(clients)}"


def _of(clients: int) -> str:
    return f"{clients} client{'' if clients == 1 else 's'}"
