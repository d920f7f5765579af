"""Paths of properties as the engine writes them, and where two documents differ."""

import json
import re
from collections.abc import Callable, Iterator
from typing import cast

from cli.drift.shown import SECRET
from host.documents import Values, mapping, sequence, text

# `a.b`, `a["b.c"]`, `a[0]`.
TOKEN = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.\[\]]+)')
PLAIN = re.compile(r"[A-Za-z_$][\w$-]*")
# An object of the wire that is not the property's own value says so by this key (pulumi, resource/sig).
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"

Leaf = tuple[str, object, object]
"""Path, what is declared, what is found; None for nothing."""


def tokens(path: str) -> tuple[str, ...]:
    """The parts of a path; an index is its digits."""
    return tuple(
        text(json.loads(f'"{found[1]}"')) if found[1] is not None else found[2] or found[3]
        for found in TOKEN.finditer(path)
    )


def joined(path: str, key: str) -> str:
    """The path of a key below a path."""
    if not PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def related(one: str, other: str) -> bool:
    """Whether one path is the other or lies within it."""
    both = list(zip(tokens(one), tokens(other), strict=False))
    return all(left == right for left, right in both)


def cleaned(value: object) -> object:
    """A value of an event: secrets as `SECRET`, without what is of the wire or of the SDK alone, and without nulls."""
    if isinstance(value, dict):
        items = mapping(cast("object", value))
        if items.get(SIGNATURE) == SECRET_SIGNATURE:
            return SECRET
        return {key: cleaned(one) for key, one in items.items() if not key.startswith("__") and one is not None}
    if isinstance(value, list):
        return [cleaned(one) for one in sequence(cast("object", value))]
    return SECRET if value == "[secret]" else value


def differing(declared: object, found: object, whole: Callable[[str], bool], path: str = "") -> Iterator[Leaf]:
    """Where two documents differ, as deep as can be said; what is `whole` by its path is not looked into."""
    if same(declared, found):
        return
    if path and whole(path):
        yield path, declared, found
    elif isinstance(declared, dict) and isinstance(found, dict):
        left, right = mapping(cast("object", declared)), mapping(cast("object", found))
        for key in sorted({*left, *right}):
            yield from differing(left.get(key), right.get(key), whole, joined(path, key))
    elif isinstance(declared, list) and isinstance(found, list) and len(declared) == len(found):  # pyright: ignore[reportUnknownArgumentType]
        both = zip(sequence(cast("object", declared)), sequence(cast("object", found)), strict=True)
        for index, (left, right) in enumerate(both):
            yield from differing(left, right, whole, f"{path}[{index}]")
    elif path:
        yield from _one_sided(path, cast("object", declared), cast("object", found), whole)


def _one_sided(path: str, declared: object, found: object, whole: Callable[[str], bool]) -> Iterator[Leaf]:
    """An object that only one side has is told by its parts where these are judged by themselves."""
    for side in (declared, found):
        other = found if side is declared else declared
        if isinstance(side, dict) and other is None:
            parts = {joined(path, key): one for key, one in mapping(cast("object", side)).items()}
            if any(whole(part) for part in parts):
                for part, one in parts.items():
                    yield from differing(*((one, None) if side is declared else (None, one)), whole, part)
                return
    yield path, declared, found


def same(one: object, other: object) -> bool:
    """Whether two values mean the same: a JSON document may be written in many ways."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str) and one[:1] == other[:1] and one[:1] in ("{", "["):
        try:
            return json.loads(one) == json.loads(other)
        except ValueError:
            return False
    return False


def at(values: Values, path: str) -> object:
    """What stands at a path; None where nothing does."""
    value: object = values
    for token in tokens(path):
        if isinstance(value, list):
            items = sequence(cast("object", value))
            value = items[int(token)] if token.isdigit() and int(token) < len(items) else None
        else:
            value = mapping(value).get(token)
    return value
