"""What a request may ask for: fields and ranges that the model server is known to survive, and nothing beside them.

vLLM takes some fifty more. Among them are those that stop its engine or its host for everybody (`prompt_logprobs`, grammars,
embeddings as tensors, images by URL), and those by which one caller reaches another (`cache_salt`, `request_id`, `priority`).
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from workloads.inference.app.refusal import Refusal
from workloads.inference.app.routes import Route

MOST_SEQUENCES = 64
"""Answers that one request may ask for, over all of its prompts."""
MOST_LOGPROBS = 20
MOST_STOPS = 4
"""As OpenAI's API and vLLM have it."""
_MOST_TOKENS = 1 << 24
_TOKEN_IDS = range(1 << 31)
_SEEDS = range(-(1 << 63), 1 << 63)
# What decides, with the model, which tokens come out.
SAMPLING = (
    *("seed", "temperature", "top_p", "top_k", "min_p", "n", "max_tokens", "max_completion_tokens", "stop", "stream"),
    *("presence_penalty", "frequency_penalty", "repetition_penalty", "logit_bias", "min_tokens", "ignore_eos"),
    *("stop_token_ids", "skip_special_tokens"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """What a field of a request may hold."""

    rule: str
    holds: Callable[[object], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A request that may be forwarded."""

    values: Mapping[str, object]
    """Without the fields that were null: each means the server's default."""

    @property
    def sampling(self) -> dict[str, object]:
        """The seed and the sampling parameters; all of it is JSON again."""
        return {name: self.values[name] for name in SAMPLING if name in self.values}

    def content(self, cache_salt: str) -> bytes:
        """The body to forward. The server reuses what it computed for a prompt only within the same `cache_salt`."""
        return _strict({**self.values, "cache_salt": cache_salt})


def accept(route: Route, body: bytes) -> Accepted:
    """The request in `body`. Raises Refusal with every violation of it."""
    values = {name: value for name, value in _object(body).items() if value is not None}
    fields = _COMPLETION if route.body == "completion" else _CHAT
    violations = [
        (name, f"`{name}` {fields[name].rule}" if name in fields else f"`{name}` is not a field that is served")
        for name, value in values.items()
        if name not in fields or not fields[name].holds(value)
    ]
    needed = "prompt" if route.body == "completion" else "messages"
    violations += [(name, f"`{name}` is required") for name in ("model", needed) if name not in values]
    violations = violations or _together(values)
    if violations:
        # Names are the client's own: a message repeats no more of them than a reader needs.
        shown = "; ".join(message[:200] for _, message in violations[:8])
        raise Refusal(400, shown, "invalid_parameter", violations[0][0][:100])
    return Accepted(values=values)


def _object(body: bytes) -> dict[str, object]:
    try:
        values = cast(object, json.loads(body.decode(), parse_constant=_no_number))
        # What cannot be written again (a number beyond every float, half of a surrogate pair) is no JSON to the next reader.
        _strict(values)
    except RecursionError:
        raise Refusal(400, "the request is nested too deeply", "invalid_json") from None
    except UnicodeError:
        raise Refusal(400, "the request is not Unicode text in UTF-8", "invalid_json") from None
    except ValueError:
        raise Refusal(
            400, "the request is not JSON (RFC 8259), or a number in it is out of range", "invalid_json"
        ) from None
    if not isinstance(values, dict):
        raise Refusal(400, "the request is a JSON object", "invalid_json")
    return cast(dict[str, object], values)


def _strict(values: object) -> bytes:
    return json.dumps(values, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def _no_number(text: str) -> object:
    raise ValueError(text)


def _together(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """What single fields do not show."""
    violations: list[tuple[str, str]] = []
    if values.get("echo") and "logprobs" in values:
        violations.append(("echo", "`echo` is not served together with `logprobs`"))
    prompt = values.get("prompt")
    several = _list(prompt)
    prompts = len(several) if several and not _is_tokens(prompt) else 1
    sequences = prompts * cast(int, values.get("n", 1))
    if sequences > MOST_SEQUENCES:
        violations.append(("n", f"prompts times `n` is at most {MOST_SEQUENCES}, not {sequences}"))
    return violations


def _whole(value: object, within: range) -> bool:
    # True is an int to Python.
    return type(value) is int and value in within


def _number(value: object, least: float, most: float) -> bool:
    return type(value) in (int, float) and least <= cast(float, value) <= most and math.isfinite(cast(float, value))


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most


def _is_tokens(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(_whole(item, _TOKEN_IDS) for item in cast(list[object], value))
    )


def _is_prompt(value: object) -> bool:
    items = _list(value)
    if items is None:
        return isinstance(value, str)
    one_kind = all(isinstance(item, str) for item in items) or all(_is_tokens(item) for item in items)
    return bool(items) and (one_kind or _is_tokens(items))


def _list(value: object) -> list[object] | None:
    return cast(list[object], value) if isinstance(value, list) else None


def _is_stop(value: object) -> bool:
    items = _list(value)
    items = [value] if items is None else items
    return len(items) <= MOST_STOPS and all(_is_text(item, 256) for item in items)


def _is_bias(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    items = cast(dict[str, object], value)
    named = all(re.fullmatch(r"[0-9]{1,10}", token) and int(token) in _TOKEN_IDS for token in items)
    return len(items) <= 1024 and named and all(_number(bias, -100, 100) for bias in items.values())


def _only(value: object, fields: Mapping[str, Field], *needed: str) -> bool:
    """Whether it is an object of these fields alone, which has those that are needed."""
    if not isinstance(value, dict):
        return False
    items = cast(dict[str, object], value)
    return all(name in items for name in needed) and all(
        name in fields and fields[name].holds(item) for name, item in items.items()
    )


def _is_content(value: object) -> bool:
    items = _list(value)
    return isinstance(value, str) if items is None else all(_only(part, _PART, "type", "text") for part in items)


def _are_messages(value: object) -> bool:
    items = _list(value)
    return bool(items) and all(_only(item, _MESSAGE, "role", "content") for item in items)


def _flag() -> Field:
    return Field("is true or false", lambda value: isinstance(value, bool))


def _between(least: float, most: float) -> Field:
    return Field(f"is a number from {least:g} to {most:g}", lambda value: _number(value, least, most))


def _count(least: int, most: int) -> Field:
    return Field(f"is a whole number from {least} to {most}", lambda value: _whole(value, range(least, most + 1)))


_PART = {
    "type": Field("is text", lambda value: value == "text"),
    "text": Field("is text", lambda value: isinstance(value, str)),
}
_MESSAGE = {
    "role": Field("is a role", lambda value: value in ("system", "developer", "user", "assistant")),
    "content": Field("is text", _is_content),
    "name": Field("is text", lambda value: _is_text(value, 256)),
}
_STREAM_OPTIONS = {"include_usage": _flag(), "continuous_usage_stats": _flag()}
_COMMON: Mapping[str, Field] = {
    "model": Field("is the name of a model", lambda value: _is_text(value, 256)),
    "temperature": _between(0, 2),
    "top_p": Field("is a number above 0, at most 1", lambda value: _number(value, 0, 1) and value != 0),
    "top_k": Field("is -1 or a whole number up to 1048576", lambda value: _whole(value, range(-1, (1 << 20) + 1))),
    "min_p": _between(0, 1),
    "n": _count(1, MOST_SEQUENCES),
    "max_tokens": _count(0, _MOST_TOKENS),
    "min_tokens": _count(0, _MOST_TOKENS),
    "presence_penalty": _between(-2, 2),
    "frequency_penalty": _between(-2, 2),
    "repetition_penalty": _between(0.01, 100),
    "logit_bias": Field("is an object of at most 1024 token ids, each with a number from -100 to 100", _is_bias),
    "seed": Field("is a whole number of 64 bits", lambda value: _whole(value, _SEEDS)),
    "stop": Field(f"is a text of at most 256 characters, or a list of up to {MOST_STOPS} of them", _is_stop),
    "stop_token_ids": Field(
        "is a list of up to 128 token ids",
        lambda value: value == [] or (_is_tokens(value) and len(cast(list[object], value)) <= 128),
    ),
    "ignore_eos": _flag(),
    "skip_special_tokens": _flag(),
    "stream": _flag(),
    "stream_options": Field("is an object with `include_usage`", lambda value: _only(value, _STREAM_OPTIONS)),
    "response_format": Field('is {"type": "text"}: grammars are not served', lambda value: value == {"type": "text"}),
    "user": Field("is a text of at most 512 characters", lambda value: _is_text(value, 512)),
}
_COMPLETION: Mapping[str, Field] = {
    **_COMMON,
    "prompt": Field("is a text, a list of token ids, or a list of either; no list is empty", _is_prompt),
    "echo": _flag(),
    "logprobs": _count(0, MOST_LOGPROBS),
}
_CHAT: Mapping[str, Field] = {
    **_COMMON,
    "messages": Field(
        "is a list of objects with `role` (system, developer, user or assistant) and `content` (a text, or parts of type text)",
        _are_messages,
    ),
    "max_completion_tokens": _count(1, _MOST_TOKENS),
    "logprobs": _flag(),
    "top_logprobs": _count(0, MOST_LOGPROBS),
}
