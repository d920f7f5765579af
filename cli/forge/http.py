"""Requests to a forge's API: retried where that is safe, their failures in words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout

from components.errors import FactoryError

ATTEMPTS = 5
LONGEST_WAIT = 120
"""Seconds that a forge may ask for between two attempts."""
_REMEDIES = {
    401: "the token is not valid: check the variable that holds it",
    403: "the token may not do this: GitHub's needs `pull-requests: write`, GitLab's the scope `api`",
    404: "there is no such repository or pull request, or the token may not see it",
    422: "the forge does not take the text: see --limit of `aifactory preview`",
}


class _Patient(Retry):
    # GitHub's secondary limit answers 403 and says when to come back; a 403 without that is about rights.
    RETRY_AFTER_STATUS_CODES = frozenset({403, 413, 429, 503})


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the forge answered."""

    body: object
    headers: Mapping[str, str]
    status: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """One forge's API, asked as the holder of a token."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    """With the token; never printed."""
    backoff: float = 1.0
    """Seconds before the second attempt; each later one waits twice as long."""

    def ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Answer:
        """Raises FactoryError where the forge refuses, or does not answer in some attempts.

        What adds something is tried once: a forge that fails after it did would have it twice.
        """
        target = path if path.startswith(("http://", "https://")) else f"{self.url.rstrip('/')}{path}"
        if urlsplit(target)[:2] != urlsplit(self.url)[:2]:
            raise FactoryError(f"{method} {target}: the next page is on another server, which is not given the token")
        retry = _Patient(
            total=0 if method == "POST" else ATTEMPTS,
            allowed_methods=None,
            status_forcelist=(429, 500, 502, 503, 504),
            backoff_factor=self.backoff,
            retry_after_max=LONGEST_WAIT,
            raise_on_status=False,
        )
        content = json.dumps(dict(body)).encode() if body is not None else None
        headers = {**self.headers, **({"Content-Type": "application/json"} if content else {})}
        try:
            with urllib3.PoolManager(timeout=Timeout(connect=10, read=60)) as pool:
                answer = pool.request(method, target, body=content, headers=headers, retries=retry, redirect=False)
        except HTTPError as error:
            raise FactoryError(
                f"{method} {target}: {type(error).__name__}; the forge did not answer, try again"
            ) from error
        try:
            parsed = cast("object", json.loads(answer.data)) if answer.data else None
        except ValueError:
            parsed = None
        return Answer(body=parsed, headers={k.lower(): v for k, v in answer.headers.items()}, status=answer.status)


def accepted(answer: Answer, what: str) -> Answer:
    """The answer, where it is one of success. Raises FactoryError."""
    if answer.status < 300:
        return answer
    said = str(cast("dict[str, object]", answer.body).get("message", "")) if isinstance(answer.body, dict) else ""
    remedy = _REMEDIES.get(answer.status, "try again later")
    raise FactoryError(f"{what}: the forge answered {answer.status} {said[:200]}".rstrip() + f"; {remedy}")
