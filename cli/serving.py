"""A factory's endpoints as a user of them sees them."""

import http.client
import json
from dataclasses import dataclass
from threading import Event
from typing import cast
from urllib.parse import urlsplit

from components.errors import FactoryError

PROMPT = "class Reader:\n    def __init__(self, "
MAX_TOKENS = 48
# A model of minutes repeats itself; the answer stays the same for the same model.
ASKED = {"max_tokens": MAX_TOKENS, "temperature": 0, "repetition_penalty": 1.1}
# Seconds: after `make down` a model server on two busy cores takes more than one minute to come back.
PATIENCE = 300
SHIPPED = 60
PACE = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """Where this machine reaches what a factory serves."""

    model: str
    """URL of the model's OpenAI API, without its path."""
    mlflow: str
    key: str
    """By which this machine asks the model."""

    def answering(self) -> str:
        """Digest of the model that answers now; "" where none does."""
        return str(self._health().get("model_digest", ""))

    def wait(self, model: str) -> None:
        """Waits until that model and MLflow answer. Raises FactoryError where they do not."""
        paced = Event()
        for _ in range(int(PATIENCE / PACE)):
            if self.answering() == model and _request(self.mlflow, "GET", "/health")[0] == 200:
                return
            paced.wait(PACE)
        raise FactoryError(
            f"model {model[:12]} or MLflow does not answer after {PATIENCE} s at {self.model} and {self.mlflow}"
        )

    def wait_for_records(self) -> None:
        """Waits until every answer's record is in the vault and off site. Raises FactoryError where one stays on the way."""
        paced = Event()
        for _ in range(int(SHIPPED / PACE)):
            if self._health().get("segments_waiting") == 0:
                return
            paced.wait(PACE)
        raise FactoryError(f"audit records are not in the vault after {SHIPPED} s: {self._health().get('shipping')}")

    def complete(self, prompt: str) -> str:
        """The model's continuation of `prompt`. Raises FactoryError where it does not answer."""
        asked = {"model": "aifactory", "prompt": prompt, **ASKED}
        status, body = _request(self.model, "POST", "/v1/completions", json.dumps(asked), self.key)
        if status != 200:
            raise FactoryError(f"{self.model}/v1/completions answered {status}: {body[:300]}")
        answer = cast("dict[str, list[dict[str, object]]]", json.loads(body))
        return str(answer["choices"][0]["text"])

    def _health(self) -> dict[str, object]:
        """What the gateway says of itself; empty where it is not ready."""
        status, body = _request(self.model, "GET", "/health")
        return cast("dict[str, object]", json.loads(body)) if status == 200 else {}


def _request(url: str, method: str, path: str, body: str | None = None, key: str = "") -> tuple[int, str]:
    """Status and body; status 0 where nobody answers."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        # MLflow answers only hosts that it was told, whatever address it is reached by.
        headers = {"Content-Type": "application/json", "Host": "localhost"}
        connection.request(method, path, body, {**headers, "Authorization": f"Bearer {key}"} if key else headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()
