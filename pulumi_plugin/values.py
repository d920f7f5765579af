"""Property values: as the engine's wire has them, and as plain Python."""

from collections.abc import Mapping
from typing import cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from host.documents import Values, mapping, sequence

UNKNOWN: str = rpc.UNKNOWN
"""Stands for what only the `up` will know."""


def plain(struct: struct_pb2.Struct) -> Values:
    """Properties as Python has them: whole numbers as int, nothing that is of the wire alone (`__...`), no null."""
    return mapping(_tidy(cast("object", json_format.MessageToDict(struct))))


def wire(values: Mapping[str, object]) -> struct_pb2.Struct:
    """Properties as the wire has them."""
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def unknown_in(value: object) -> bool:
    """Whether any part of `value` is unknown yet."""
    if isinstance(value, dict):
        return any(unknown_in(item) for item in mapping(cast("object", value)).values())
    if isinstance(value, list):
        return any(unknown_in(item) for item in sequence(cast("object", value)))
    return value == UNKNOWN


def _tidy(value: object) -> object:
    if isinstance(value, dict):
        items = mapping(cast("object", value)).items()
        return {key: _tidy(item) for key, item in items if not key.startswith("__") and item is not None}
    if isinstance(value, list):
        return [_tidy(item) for item in sequence(cast("object", value))]
    # The wire knows one kind of number; EC2 and Kubernetes tell 1 from 1.0.
    return int(value) if isinstance(value, float) and value.is_integer() else value
