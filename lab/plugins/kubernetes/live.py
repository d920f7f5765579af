"""A live object beside its declaration: what of it is the declaration's, and whether that still says the same."""

from decimal import Decimal, InvalidOperation
from typing import cast

from host.documents import Values, mapping, sequence

# Kubernetes' suffixes of quantities (API reference, Quantity).
SUFFIXES = {
    **{"": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3")},
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}
# Whose values are quantities, by their own name or by that of the map that they are in.
QUANTITIES = ("limits", "requests", "capacity", "hard", "sizeLimit")


def state(inputs: Values, found: Values) -> Values:
    """The live object. A secret's content stays under the keys it was given by, which the engine knows to be secret."""
    metadata = {key: value for key, value in mapping(found.get("metadata")).items() if key != "managedFields"}
    kept: Values = {**found, "metadata": metadata}
    if found.get("kind") == "Secret":
        kept.pop("data", None)
        kept.update({key: inputs[key] for key in ("data", "stringData") if key in inputs})
    return kept


def like(declared: Values, found: Values) -> Values:
    """The part of `found` that `declared` speaks of, in its words where it says the same: what drifted is seen, what the
    server or another manager added is not.
    """
    return _mapping(declared, found, "")


def _mapping(declared: Values, found: Values, name: str) -> Values:
    kept: Values = {}
    for key, item in declared.items():
        if key == "stringData" or (key not in found and _empty(item)):
            # The server folds `stringData` into `data`, and leaves out what is empty.
            kept[key] = item
        elif key in found:
            kept[key] = _value(item, found[key], name if name in QUANTITIES else key)
    return kept


def _value(declared: object, found: object, name: str) -> object:
    if isinstance(declared, dict):
        return _mapping(mapping(cast("object", declared)), mapping(found), name)
    if isinstance(declared, list):
        return _sequence(sequence(cast("object", declared)), sequence(found), name)
    if name in QUANTITIES and isinstance(found, str) and quantity(str(declared)) == quantity(found):
        # The server writes 1 for 1000m.
        return declared
    return found


def _sequence(declared: list[object], found: list[object], name: str) -> list[object]:
    pairs = [_value(item, live, name) for item, live in zip(declared, found, strict=False)]
    if len(declared) == len(found):
        return pairs
    # Admission adds tolerations and volumes to those that are declared, but never a word to a command.
    objects = all(isinstance(item, dict) for item in declared)
    held = objects and all(any(_value(item, live, name) == item for live in found) for item in declared)
    return declared if held else found


def _empty(value: object) -> bool:
    return value in ("", 0, [], {})


def quantity(text: str) -> Decimal | str:
    """A quantity as a number; what is none as it is."""
    digits = text.rstrip("numkKMGTPEi")
    try:
        return Decimal(digits) * SUFFIXES[text[len(digits) :]]
    except (InvalidOperation, KeyError):
        return text
