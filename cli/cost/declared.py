"""Resources as a preview declares them, and what estimates say of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from policies.wire import SENTINELS


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """A resource with its inputs, as a preview's digest has them."""

    urn: str
    type: str
    """Type token, e.g. `aws:eks/nodeGroup:NodeGroup`."""
    inputs: Mapping[str, object] = field(hash=False)
    id: str = ""
    """Its provider's name of it; "" before it is made."""
    refers: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], hash=False)
    """Property -> URNs of the resources that its value is of (`propertyDependencies`)."""

    @property
    def name(self) -> str:
        """The last part of its URN."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing that costs by standing there."""

    urn: str
    type: str
    what: str
    """What is paid for, with its count, e.g. `5 x p5.48xlarge`."""
    hourly: Decimal | None = None
    """USD an hour of what is desired; None where it is unknown."""
    ceiling: Decimal | None = None
    """USD an hour of the most that there can be; None where it is unknown."""
    why: str = ""
    """Why the cost is unknown."""
    gpus: int | None = 0
    """GPUs of what is desired; None where it is unknown."""
    most_gpus: int | None = 0

    @property
    def known(self) -> bool:
        """Whether both costs are known."""
        return self.hourly is not None and self.ceiling is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What costs by its use, which no declaration says: not estimated."""

    urn: str
    type: str
    what: str
    """What is counted, and its price where that is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Priced:
    """What one resource costs."""

    items: tuple[Item, ...] = ()
    usage: tuple[Usage, ...] = ()
    assumptions: tuple[str, ...] = ()


def whole(value: object) -> int | None:
    """A whole number, 0 or more, also as the text that some APIs write; None for what is none, or not known yet."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value in SENTINELS:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and number >= 0 and number == int(number) else None


def word(value: object) -> str:
    """A text; "" for what is none, or not known yet."""
    return value if isinstance(value, str) and value not in SENTINELS else ""
