"""The lab's endpoints as a user of them sees them."""

import http.client
import json
from threading import Event
from typing import cast

from lab.errors import LabError
from lab.home import Identity

PROMPT = "class Reader:\n    def __init__(self, "
MAX_TOKENS = 48
# A model of minutes repeats itself; the answer stays the same for the same model.
ASKED = {"max_tokens": MAX_TOKENS, "temperature": 0, "repetition_penalty": 1.1}
# Seconds: after `make down` a model server on two busy cores takes more than one minute to come back.
PATIENCE = 300
SHIPPED = 60
PACE = 1.0


def endpoint(identity: Identity) -> str:
    """The model's OpenAI API on this machine."""
    return f"http://127.0.0.1:{identity.serving_port}"


def mlflow(identity: Identity) -> str:
    """MLflow on this machine."""
    return f"http://127.0.0.1:{identity.mlflow_port}"


def model_of(identity: Identity) -> str:
    """Digest of the model that answers now; "" where none does."""
    return str(_health(identity).get("model_digest", ""))


def wait(identity: Identity, model: str) -> None:
    """Waits until that model and MLflow answer. Raises LabError where they do not."""
    paced = Event()
    for _ in range(int(PATIENCE / PACE)):
        if model_of(identity) == model and _request(identity.mlflow_port, "GET", "/health")[0] == 200:
            return
        paced.wait(PACE)
    raise LabError(f"model {model[:12]} or MLflow does not answer after {PATIENCE} s; `make status` shows where it is")


def wait_for_records(identity: Identity) -> None:
    """Waits until every answer's record is in the vault and off site. Raises LabError where one stays on the way."""
    paced = Event()
    for _ in range(int(SHIPPED / PACE)):
        health = _health(identity)
        if health.get("segments_waiting") == 0:
            return
        paced.wait(PACE)
    raise LabError(f"audit records are not in the vault after {SHIPPED} s: {_health(identity).get('shipping')}")


def complete(identity: Identity, prompt: str) -> str:
    """The model's continuation of `prompt`. Raises LabError where it does not answer."""
    asked = {"model": "aifactory", "prompt": prompt, **ASKED}
    status, body = _request(identity.serving_port, "POST", "/v1/completions", json.dumps(asked))
    if status != 200:
        raise LabError(f"{endpoint(identity)}/v1/completions answered {status}: {body[:300]}")
    answer = cast("dict[str, list[dict[str, object]]]", json.loads(body))
    return str(answer["choices"][0]["text"])


def _health(identity: Identity) -> dict[str, object]:
    """What the gateway says of itself; empty where it is not ready."""
    status, body = _request(identity.serving_port, "GET", "/health")
    return cast("dict[str, object]", json.loads(body)) if status == 200 else {}


def _request(port: int, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    """Status and body; status 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()
