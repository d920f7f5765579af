"""What a rule sees of a resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

Values = Mapping[str, object]


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
    return cast("Values", value) if isinstance(value, Mapping) else {}


def sequence(value: object) -> list[object]:
    """A property that is an array; empty for anything else."""
    # The engine's SDK hands over sequences of its own, which are no lists.
    return list(cast("Sequence[object]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else []
