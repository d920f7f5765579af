"""What a rule sees of a resource, and how it reads a property that only an update may know."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import cast

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
    provider: Values = field(default_factory=dict[str, object])
    """Inputs of its provider: region, profile, endpoints."""
    within: tuple[str, ...] = field(init=False)
    """Type tokens of the components that hold it, outermost first."""
    seen: dict[str, list[tuple[str, Values]]] = field(
        default_factory=dict[str, list[tuple[str, Values]]], init=False, compare=False, repr=False
    )
    """What `policies.pods` found in it, once: half of the rules ask for its pods."""

    def __post_init__(self) -> None:
        # urn:pulumi:<stack>::<project>::<type>$<type>::<name>
        parts = self.urn.split("::")
        object.__setattr__(self, "within", tuple(parts[2].split("$")[:-1]) if len(parts) > 3 else ())

    @property
    def name(self) -> str:
        """Its name in the program; its type where there is none."""
        return self.urn.split("::", 3)[3] if self.urn.count("::") > 2 else self.kind


@dataclass(frozen=True, slots=True)
class Stack:
    """Every resource of a stack."""

    resources: tuple[PolicyResource, ...]

    def of(self, *kinds: str) -> Iterator[PolicyResource]:
        """Those of some types."""
        return (one for one in self.resources if one.kind in kinds)


def mapping(value: object) -> Values:
    """A property that is an object; empty for anything else."""
    # A check of an abstract type takes ten times as long, and most values are plain.
    if isinstance(value, dict):
        return cast("Values", value)
    if value is UNKNOWN:
        return NOTHING_KNOWN
    return cast("Values", value) if isinstance(value, Mapping) else {}


def is_object(value: object) -> bool:
    """Whether a value is an object, also an empty one."""
    return isinstance(value, Mapping)


def sequence(value: object) -> list[object]:
    """A property that is an array; empty for anything else."""
    if isinstance(value, list):
        return cast("list[object]", value)
    return list(cast("Sequence[object]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else []


def text(value: object) -> str:
    """A property that is text; empty for anything else."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float:
    """A property that is a number; 0 for anything else."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def at(value: object, path: str) -> object:
    """The value at a path of keys and indexes, e.g. `rule.defaultRetention.mode`; None where there is none."""
    for key in path.split("."):
        if value is UNKNOWN:
            return UNKNOWN
        value = dict(enumerate(sequence(value))).get(int(key)) if key.isdigit() else mapping(value).get(key)
    return value


def any_unknown(values: Iterable[object]) -> bool:
    """Whether one of some values is unknown."""
    return any(value is UNKNOWN for value in values)
