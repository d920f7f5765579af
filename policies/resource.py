"""What a rule sees of a resource."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import cast

from pulumi_policy.proxy import UnknownValueError

Values = Mapping[str, object]


class Unknown(Enum):
    """The value of a property that only an update knows."""

    VALUE = "unknown"


UNKNOWN = Unknown.VALUE


class _Unknown(Mapping[str, object]):
    """An object of which nothing is known: it may have every key."""

    def __getitem__(self, key: str) -> object:
        return UNKNOWN

    def __contains__(self, key: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


NOTHING_KNOWN: Values = _Unknown()


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyResource:
    """A resource before it is made."""

    kind: str
    """Its type token."""
    props: Values
    urn: str = ""
    protected: bool = False
    within: tuple[str, ...] = field(init=False)
    """Type tokens of the components that hold it, outermost first."""

    def __post_init__(self) -> None:
        # urn:pulumi:<stack>::<project>::<type>$<type>::<name>
        parts = self.urn.split("::")
        object.__setattr__(self, "within", tuple(parts[2].split("$")[:-1]) if len(parts) > 3 else ())


def mapping(value: object) -> Values:
    """A property that is an object; empty for anything else."""
    if value is UNKNOWN:
        return NOTHING_KNOWN
    return cast("Values", value) if isinstance(value, Mapping) else {}


def sequence(value: object) -> list[object]:
    """A property that is an array; empty for anything else."""
    # The engine's SDK hands over sequences of its own, which are no lists.
    return list(cast("Sequence[object]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else []


def text(value: object) -> str:
    """A property that is text; empty for anything else."""
    return value if isinstance(value, str) else ""


def differs(value: object, wanted: object) -> bool:
    """Whether a property is surely not what it should be."""
    return value is not UNKNOWN and value != wanted


def known(value: object) -> object:
    """A resource's properties, with `UNKNOWN` where the engine's SDK would raise: else one property that only an update knows
    would keep a rule from judging all the others.
    """
    if isinstance(value, Mapping):
        whole = cast("Mapping[str, object]", value)
        return {key: _item(whole, key) for key in whole}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = cast("Sequence[object]", value)
        return [_item(items, index) for index in range(len(items))]
    return value


def _item(holder: Mapping[str, object] | Sequence[object], key: str | int) -> object:
    try:
        return known(holder[key])  # type: ignore[index]
    except UnknownValueError:
        return UNKNOWN
