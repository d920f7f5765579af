"""Containers that serve a model, as the pack recognises them."""

import re
from itertools import pairwise

from policies.resource import Values, sequence, text

SERVER = re.compile(r"\bvllm\b|\bsglang\b|text-generation-(launcher|inference)|\btritonserver\b|\btrtllm-serve\b")
PROGRAM = re.compile(r"(.*/)?(vllm|sglang|text-generation-launcher|tritonserver|trtllm-serve)|(vllm|sglang)(\.\w+)+")
"""A word of a command that is a server: routers and schedulers name one in their flags, as `--vllm-port` does."""


def words(container: Values) -> list[str]:
    """The words of a container's command."""
    listed = [*sequence(container.get("command")), *sequence(container.get("args"))]
    return [word for one in listed for word in text(one).split()]


def is_server(container: Values) -> bool:
    """Whether a container is a server of models, by its command, its image or its name."""
    image = text(container.get("image")).rpartition("@")[0] or text(container.get("image"))
    if any(PROGRAM.fullmatch(word.strip("\"'`;&|()")) for word in words(container)):
        return True
    return any(SERVER.search(one) for one in (image, text(container.get("name"))))


def given(container: Values, flag: str) -> list[str]:
    """The values that a command gives a flag, in the next word or after a `=`."""
    listed = words(container)
    after = [value for word, value in pairwise(listed) if word == flag]
    return [*after, *(word.partition("=")[2] for word in listed if word.startswith(f"{flag}="))]
