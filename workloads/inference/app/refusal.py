"""What a client is told that the model is not asked: a status, and an error in the form that OpenAI's clients read."""

import json
from dataclasses import dataclass


@dataclass(slots=True)
class Refusal(Exception):
    """A request that gets no answer of the model."""

    status: int
    message: str
    code: str
    """A word for programs, e.g. `invalid_api_key`."""
    parameter: str = ""
    """The field of the request; "" where it is the request as a whole."""
    retry_after: int = 0
    """Seconds after which the same request may be answered; 0 where it never will."""

    @property
    def kind(self) -> str:
        """OpenAI's `type` of an error."""
        if self.status >= 500:
            return "server_error"
        return "rate_limit_error" if self.status == 429 else "invalid_request_error"

    def content(self) -> bytes:
        """The answer's body."""
        error = {
            "message": self.message,
            "type": self.kind,
            "param": self.parameter or None,
            "code": self.code,
        }
        return json.dumps({"error": error}, ensure_ascii=True).encode()
