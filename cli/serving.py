"""A factory's endpoints as a user of them sees them."""

import http.client
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import cast
from urllib.parse import urlsplit

from components.errors import FactoryError
from host.shell import run
from stacks.names import NAMESPACE
from workloads.tracking import spec as tracking

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
    key: str
    """By which this machine asks the model."""
    kubectl: Sequence[str | Path]
    """The program and the options that lead to the cluster: MLflow has no other way from outside it."""

    @property
    def mlflow(self) -> str:
        """The command that opens MLflow on this machine's loopback, for whoever may read the kubeconfig."""
        return f"{shlex.join(map(str, self.kubectl))} --namespace {NAMESPACE} port-forward service/{tracking.NAME} {tracking.PORT}"

    def answering(self) -> str:
        """Digest of the model that answers now; "" where none does."""
        return str(self._health().get("model_digest", ""))

    def wait(self, model: str) -> None:
        """Waits until that model and MLflow answer. Raises FactoryError where they do not."""
        paced = Event()
        for _ in range(int(PATIENCE / PACE)):
            if self.answering() == model and not self.mlflow_violation():
                return
            paced.wait(PACE)
        raise FactoryError(
            f"model {model[:12]} or MLflow does not answer after {PATIENCE} s: "
            f"{self.model} answers with model {self.answering()[:12] or 'none'}, MLflow: {self.mlflow_violation() or 'ready'}"
        )

    def mlflow_violation(self) -> str:
        """Why MLflow does not answer through the API server's proxy, which asks for the kubeconfig's login; "" where it does."""
        service = f"/api/v1/namespaces/{NAMESPACE}/services/{tracking.NAME}:{tracking.PORT}"
        try:
            run([*self.kubectl, "get", "--raw", f"{service}/proxy/health", "--request-timeout=15s"])
        except FactoryError as error:
            return str(error).strip().splitlines()[-1].strip()
        return ""

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
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, body, {**headers, "Authorization": f"Bearer {key}"} if key else headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()
