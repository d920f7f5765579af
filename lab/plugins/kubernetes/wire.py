"""Property values on the engine's wire, with the paths at which they are secret."""

from collections.abc import Iterable
from typing import cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from lab.plugins.values import Values, mapping, sequence

Path = tuple[str | int, ...]
"""Where a value is: keys of objects and places in lists."""

# The SDK's own names of the signature (pulumi.runtime.rpc): a secret is an object that carries it beside its value.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = rpc._special_secret_sig  # pyright: ignore[reportPrivateUsage]


def opened(struct: struct_pb2.Struct) -> tuple[Values, frozenset[Path]]:
    """Properties as Python has them, and the paths of those that are secret."""
    secrets: set[Path] = set()
    values = mapping(_open(cast("object", json_format.MessageToDict(struct)), (), secrets))
    return values, frozenset(secrets)


def sealed(values: Values, secrets: Iterable[Path] = (), like: Values | None = None) -> struct_pb2.Struct:
    """Properties as the wire has them, secret at `secrets`, which are paths into `like` (else into `values`)."""
    kept = _seal(values, values if like is None else like, set(secrets))
    return json_format.ParseDict(mapping(kept), struct_pb2.Struct())


def texts_of(values: Values, secrets: Iterable[Path]) -> frozenset[str]:
    """What must not be told: each text below a secret path."""
    found: set[str] = set()
    for path in secrets:
        _collect(at(values, path), found)
    return frozenset(found)


def at(value: object, path: Path) -> object:
    """The value at a path, None where there is none."""
    for part in path:
        if isinstance(part, str):
            value = mapping(value).get(part)
        else:
            items = sequence(value)
            value = items[part] if part < len(items) else None
    return value


def _open(value: object, path: Path, secrets: set[Path]) -> object:
    if isinstance(value, dict):
        items = mapping(cast("object", value))
        if items.get(SIGNATURE) == SECRET:
            secrets.add(path)
            return _open(items.get("value"), path, secrets)
        return {key: _open(item, (*path, key), secrets) for key, item in items.items() if item is not None}
    if isinstance(value, list):
        listed = sequence(cast("object", value))
        return [_open(item, (*path, place), secrets) for place, item in enumerate(listed)]
    # The wire knows one kind of number; Kubernetes tells 1 from 1.0.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _seal(value: object, like: object, secrets: set[Path]) -> object:
    if () in secrets:
        return {SIGNATURE: SECRET, "value": value}
    if not secrets:
        return value
    if isinstance(value, dict):
        given = mapping(like)
        return {
            key: _seal(item, given.get(key), _below(secrets, key))
            for key, item in mapping(cast("object", value)).items()
        }
    if isinstance(value, list):
        items, given = sequence(cast("object", value)), sequence(like)
        if len(items) != len(given):
            # The server added an item or took one away: which one is secret cannot be told any more.
            return {SIGNATURE: SECRET, "value": items}
        return [_seal(item, given[place], _below(secrets, place)) for place, item in enumerate(items)]
    return value


def _below(secrets: set[Path], part: str | int) -> set[Path]:
    return {path[1:] for path in secrets if path[0] == part}


def _collect(value: object, found: set[str]) -> None:
    if isinstance(value, dict):
        for item in mapping(cast("object", value)).values():
            _collect(item, found)
    elif isinstance(value, list):
        for item in sequence(cast("object", value)):
            _collect(item, found)
    elif isinstance(value, str):
        found.add(value)
