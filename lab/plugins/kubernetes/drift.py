"""What of a live object was declared: the part that is compared with the declaration after a refresh."""

import base64
import binascii
import re
from decimal import Decimal
from typing import cast

from lab.plugins.values import Values, mapping, sequence, text

# Suffixes of Kubernetes quantities (k8s.io/apimachinery/pkg/api/resource).
UNITS = {
    **{
        suffix: Decimal(1000) ** power
        for power, suffix in zip(range(-3, 7), ["n", "u", "m", "_", "k", "M", "G", "T", "P", "E"], strict=True)
    },
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
    "": Decimal(1),
}
QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(n|u|m|k|[KMGTPE]i|[MGTPE]|)")
# What the API server adds to the metadata of every object.
SERVER_METADATA = frozenset(
    {"creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}
)


def declared(inputs: Values, live: Values) -> Values:
    """The inputs as they stand in the cluster now: live values where they drifted, nothing that was not declared.

    Without inputs (`pulumi import`) all of the object that is not the server's own.
    """
    if not inputs:
        metadata = {key: value for key, value in mapping(live.get("metadata")).items() if key not in SERVER_METADATA}
        return {key: value for key, value in {**live, "metadata": metadata}.items() if key != "status"}
    found = mapping(_like(inputs, live))
    if "stringData" in inputs:
        found["stringData"] = _texts(mapping(inputs["stringData"]), mapping(live.get("data")))
    return found


def same(given: object, live: object) -> bool:
    """Whether the server's value means what was given: it writes `1000m` as `1` and `1024Mi` as `1Gi`."""
    if given == live:
        return True
    first, second = _quantity(given), _quantity(live)
    return first is not None and first == second


def _like(given: object, live: object) -> object:
    if same(given, live):
        return given
    if isinstance(given, dict) and isinstance(live, dict):
        wanted, found = mapping(cast("object", given)), mapping(cast("object", live))
        return {key: _like(item, found[key]) for key, item in wanted.items() if key in found}
    if isinstance(given, list) and isinstance(live, list):
        return _like_list(sequence(cast("object", given)), sequence(cast("object", live)))
    return live


def _like_list(given: list[object], live: list[object]) -> list[object]:
    names = [mapping(item).get("name") for item in given]
    if all(names):
        # Lists keyed by name: what others added to them (a sidecar) is theirs.
        by_name = {mapping(item).get("name"): item for item in live}
        return [_like(item, by_name[name]) for item, name in zip(given, names, strict=True) if name in by_name]
    if len(given) == len(live):
        return [_like(item, found) for item, found in zip(given, live, strict=True)]
    return live


def _texts(given: Values, data: Values) -> Values:
    """`stringData` from the `data` into which the server folds it."""
    found: Values = {}
    for key in given:
        if key in data:
            try:
                found[key] = base64.b64decode(text(data[key])).decode()
            except (binascii.Error, UnicodeDecodeError):
                found[key] = data[key]
    return found


def _quantity(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    parts = QUANTITY.fullmatch(str(value))
    if parts is None or parts[1].count(".") > 1 or parts[1].strip("+-") == ".":
        return None
    return Decimal(parts[1]) * UNITS[parts[2]]
