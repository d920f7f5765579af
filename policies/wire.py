"""Properties as the engine sends or keeps them, as plain Python: whole numbers as int, secrets opened, unknown as `UNKNOWN`."""

import json
from typing import cast

from google.protobuf import struct_pb2
from pulumi_policy import proxy

from policies.resource import UNKNOWN, Values

# pulumi/sdk/go/common/resource/properties.go
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
SENTINELS = frozenset(
    {
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
    }
)


def unpacked(struct: struct_pb2.Struct) -> Values:
    """The properties of a resource."""
    return {key: _value(value) for key, value in struct.fields.items()}


def plain(value: object) -> object:
    """A property that is Python's already, e.g. of an exported state, by the same rules.

    A secret that the state keeps encrypted is `UNKNOWN`.
    """
    if isinstance(value, dict):
        items = cast("dict[str, object]", value)
        return _opened(items) if items.get(SIGNATURE) == SECRET else {k: plain(v) for k, v in items.items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[object]", value)]
    return _scalar(value)


def _opened(secret: dict[str, object]) -> object:
    """`value` on the wire, `plaintext` in a state that was exported with its secrets."""
    if "value" in secret:
        return plain(secret["value"])
    plaintext = secret.get("plaintext")
    return plain(json.loads(plaintext)) if isinstance(plaintext, str) else UNKNOWN


def _value(value: struct_pb2.Value) -> object:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET:
            return _value(fields["value"])
        return {key: _value(item) for key, item in fields.items()}
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    return None if kind is None or kind == "null_value" else _scalar(cast("object", getattr(value, kind)))


def _scalar(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        # The wire knows one kind of number; EC2 and Kubernetes tell 1 from 1.0.
        return int(value)
    return UNKNOWN if isinstance(value, str) and value in SENTINELS else value
