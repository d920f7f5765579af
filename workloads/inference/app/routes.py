"""What of the model server may be reached: the routes of OpenAI's API that are named here, and nothing beside them.

vLLM has some eighty more on the same port (/metrics, /tokenize, /invocations, /v1/load_lora_adapter, /v1/responses/{id} of
any caller ...). What is forwarded is the path that stands here, never the client's: no spelling of it leads elsewhere.
"""

from dataclasses import dataclass
from typing import Literal

from workloads.inference.app.refusal import Refusal

Body = Literal["none", "completion", "chat"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A request that is forwarded."""

    method: str
    path: str
    body: Body

    @property
    def recorded(self) -> bool:
        """Whether the model answers. A list of models is no answer of the model."""
        return self.body != "none"


ROUTES = (
    Route(method="GET", path="/v1/models", body="none"),
    Route(method="POST", path="/v1/completions", body="completion"),
    Route(method="POST", path="/v1/chat/completions", body="chat"),
)
_ROUTES = {(route.method, route.path.encode()): route for route in ROUTES}


def route_of(method: str, raw_path: bytes) -> Route:
    """The route of a request, whose path is compared as it was sent, before anything is decoded. Raises Refusal."""
    route = _ROUTES.get((method, raw_path))
    if route is None:
        known = ", ".join(f"{route.method} {route.path}" for route in ROUTES)
        raise Refusal(404, f"there is no such route; there are: {known}", "unknown_url")
    return route
