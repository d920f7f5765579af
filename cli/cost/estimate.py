"""What a deployment costs before and after a change. What has no price is unknown, and never counts as nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from cli.cost.declared import Declared, Item, Usage
from cli.cost.prices import MONTH, PriceTable
from cli.cost.resources import ALB, INGRESS, price
from host.documents import mapping

__all__ = ["Amount", "Bound", "Declared", "Estimate", "Side", "estimate"]


class Bound(Enum):
    """How an amount is meant."""

    EXACT = "exact"
    AT_LEAST = "at least"
    """There is something unknown beside it."""
    AT_MOST = "at most"
    """Something unknown goes away with it."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A number of USD or of GPU-hours; None where nothing can be said."""

    value: Decimal | None
    bound: Bound

    def times(self, factor: int) -> "Amount":
        """So many times as much."""
        return Amount(value=None if self.value is None else self.value * factor, bound=self.bound)

    def __str__(self) -> str:
        if self.value is None:
            return Bound.UNKNOWN.value
        number = f"{self.value:,.2f}"
        return number if self.bound is Bound.EXACT else f"{self.bound.value} {number}"


Measure = Callable[[Item], Decimal | int | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """What is declared at one time."""

    items: tuple[Item, ...]
    usage: tuple[Usage, ...]
    """What costs by its use: not estimated."""

    @property
    def unknown(self) -> tuple[Item, ...]:
        """What costs something that is not known, by name."""
        return tuple(item for item in self.items if not item.known)

    @property
    def hourly(self) -> Amount:
        """USD an hour of what is desired."""
        return _total(self, lambda item: item.hourly)

    @property
    def monthly(self) -> Amount:
        """USD a month of what is desired."""
        return self.hourly.times(MONTH)

    @property
    def ceiling(self) -> Amount:
        """USD an hour where every pool is as large as it may be."""
        return _total(self, lambda item: item.ceiling)

    @property
    def gpu_hours(self) -> Amount:
        """Hours of GPUs a month that the desired nodes have."""
        return _total(self, lambda item: item.gpus).times(MONTH)

    @property
    def most_gpu_hours(self) -> Amount:
        """Hours of GPUs a month where every pool is as large as it may be."""
        return _total(self, lambda item: item.most_gpus).times(MONTH)


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What a change does to the cost."""

    before: Side
    after: Side
    assumptions: tuple[str, ...]
    region: str
    priced: date | None
    """The oldest date of the prices; None where there are none."""

    @property
    def unknown(self) -> tuple[Item, ...]:
        """What has no price after the change."""
        return self.after.unknown

    @property
    def hourly(self) -> Amount:
        """USD an hour more than before; less than nothing where it is less."""
        return _difference(self.before, self.after, lambda item: item.hourly)

    @property
    def monthly(self) -> Amount:
        """USD a month more than before."""
        return self.hourly.times(MONTH)

    @property
    def ceiling(self) -> Amount:
        """USD an hour more than before where every pool is as large as it may be."""
        return _difference(self.before, self.after, lambda item: item.ceiling)

    @property
    def gpu_hours(self) -> Amount:
        """Hours of GPUs a month more than before."""
        return _difference(self.before, self.after, lambda item: item.gpus).times(MONTH)


def estimate(before: Sequence[Declared], after: Sequence[Declared], table: PriceTable, today: date) -> Estimate:
    """What is declared before and after a change, priced by one table.

    What a change deletes but retains is still paid for: it is given in both.
    """
    (old, _), (new, assumptions) = _side(before, table, today), _side(after, table, today)
    dated = f", the oldest of {table.published}" if table.published else ""
    common = (
        f"prices on demand of {table.region}{dated}, without taxes, discounts and free tiers",
        f"{MONTH} h a month",
    )
    return Estimate(
        before=old, after=new, assumptions=(*common, *assumptions), region=table.region, priced=table.published
    )


def _side(declared: Sequence[Declared], table: PriceTable, today: date) -> tuple[Side, tuple[str, ...]]:
    priced = [price(one, declared, table, today) for one in _once(declared)]
    side = Side(
        items=tuple(item for one in priced for item in one.items),
        usage=tuple(usage for one in priced for usage in one.usage),
    )
    return side, tuple(dict.fromkeys(text for one in priced for text in one.assumptions))


def _once(declared: Iterable[Declared]) -> Iterable[Declared]:
    """Without the Ingresses that share a load balancer with one before them."""
    groups: set[object] = set()
    for one in declared:
        if one.type == INGRESS:
            group = mapping(mapping(one.inputs.get("metadata")).get("annotations")).get(f"{ALB}/group.name")
            if group is not None and group in groups:
                continue
            groups.add(group)
        yield one


def _total(side: Side, measure: Measure) -> Amount:
    known = [value for item in side.items if (value := measure(item)) is not None]
    total = sum((Decimal(value) for value in known), Decimal())
    if len(known) == len(side.items):
        return Amount(value=total, bound=Bound.EXACT)
    # "At least nothing" would be read as nothing.
    return Amount(value=total, bound=Bound.AT_LEAST) if total else Amount(value=None, bound=Bound.UNKNOWN)


def _difference(before: Side, after: Side, measure: Measure) -> Amount:
    """Of what is the same on both sides nothing has to be known."""
    old, new = ({(one.urn, one.what) for one in side.items if measure(one) is None} for side in (before, after))
    known = [
        sum((Decimal(value) for one in side.items if (value := measure(one)) is not None), Decimal())
        for side in (before, after)
    ]
    change = known[1] - known[0]
    added, gone = new - old, old - new
    bound = {
        (False, False): Bound.EXACT,
        (True, False): Bound.AT_LEAST,
        (False, True): Bound.AT_MOST,
        (True, True): Bound.UNKNOWN,
    }[bool(added), bool(gone)]
    if bound is Bound.UNKNOWN or (bound is not Bound.EXACT and not change):
        return Amount(value=None, bound=Bound.UNKNOWN)
    return Amount(value=change, bound=bound)
