"""How a difference is judged: each takes what is declared and what is found, and says what is less protected; "" for nothing.

They are pure, and total: a store or a cluster may answer anything.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import cast

from cli.drift.access import networks, opened_network
from host.documents import Values, mapping, sequence, text

Judge = Callable[[object, object], str]

# Kubernetes API, resource.Quantity.
QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?)(n|u|m|k|Ki|Mi|Gi|Ti|Pi|Ei|K|M|G|T|P|E)?")
SUFFIXES = {
    **dict(zip(("n", "u", "m"), (Decimal(10) ** power for power in (-9, -6, -3)), strict=True)),
    **{name: Decimal(1000) ** (index + 1) for index, name in enumerate("KMGTPE")},
    **{f"{name}i": Decimal(1024) ** (index + 1) for index, name in enumerate("KMGTPE")},
    "k": Decimal(1000),
}
YEAR = 365
UNLIMITED = Decimal("Infinity")


def always(reason: str) -> Judge:
    """Whatever it was changed to."""
    return lambda declared, found: reason if declared != found or repr(found) == "[secret]" else ""


def gone(reason: str) -> Judge:
    """It was there, and is not."""
    return lambda declared, found: reason if declared is not None and found is None else ""


def added(reason: str) -> Judge:
    """It is there, and nobody declared it."""
    return lambda declared, found: reason if declared is None and found is not None else ""


def off(reason: str) -> Judge:
    """A switch, or a mode that has a name, that was on."""
    return lambda declared, found: reason if _on(declared) and not _on(found) else ""


def on(reason: str) -> Judge:
    """A switch that was off."""
    return lambda declared, found: reason if not _on(declared) and _on(found) else ""


def other_than(kept: str, reason: str) -> Judge:
    """What had one value, and has another."""
    return lambda declared, found: reason if declared == kept and found != kept else ""


def lower_rank(order: Sequence[str], reason: str) -> Judge:
    """Names from the least to the most protected; what is absent or unknown is the least."""

    def rank(value: object) -> int:
        return order.index(text(value)) if text(value) in order else 0

    return lambda declared, found: reason if rank(found) < rank(declared) else ""


def fewer(reason: str) -> Judge:
    """A number, absent for 0, that is lower."""
    return lambda declared, found: reason if (quantity(found) or Decimal()) < (quantity(declared) or Decimal()) else ""


def more(reason: str) -> Judge:
    """A limit, absent for none, that is higher."""

    def limit(value: object) -> Decimal:
        read = quantity(value)
        return UNLIMITED if read is None else read

    return lambda declared, found: reason if limit(found) > limit(declared) else ""


def additions(reason: str) -> Judge:
    """A list, or an object of lists, that holds what was not declared."""
    return lambda declared, found: reason if any(one not in _items(declared) for one in _items(found)) else ""


def removals(reason: str) -> Judge:
    """A list that lacks what was declared."""
    return lambda declared, found: reason if any(one not in _items(found) for one in _items(declared)) else ""


def widened(declared: object, found: object) -> str:
    """Rules of a network that let in more."""
    opened = opened_network(declared, found)
    if opened:
        return opened
    # A block of addresses alone has been judged; what names ports or groups too is another rule where any of it differs.
    rest = [one for one in _items(found) if not (networks(one) and text(one).count("/") == 1 and " " not in text(one))]
    return additions("it lets in what is not declared")(declared, rest)


def retention(declared: object, found: object) -> str:
    """The rule of a lock: its mode and its days."""
    (mode, days), (mode_found, days_found) = _retention(declared), _retention(found)
    if days and not days_found:
        return "an object put without a date of its own can be deleted at once"
    if mode == "COMPLIANCE" and mode_found != mode:
        return "objects can be deleted before their retention ends, by who may bypass it"
    if days_found < days:
        return "objects can be deleted before their declared retention ends"
    return ""


def expiry(declared: object, found: object) -> str:
    """Rules of a lifecycle, however they are written: Pulumi's, S3's, or a text of JSON read before."""
    known = list(expiries(declared))
    new = [one for one in expiries(found) if one not in known]
    return f"objects are deleted by their age ({new[0]})" if new else ""


def expiries(rules: object) -> Iterator[str]:
    """What enabled rules of a lifecycle remove or move, a rule each; an upload that never ended is no object."""
    for rule in map(_lowered, sequence(rules)):
        if text(rule.get("status")).lower() != "enabled":
            continue
        acts = {key: rule[key] for key in ("expiration", "noncurrentversionexpiration") if _acts(rule.get(key))}
        for key, value in acts.items():
            days = mapping(value).get("days") or mapping(value).get("noncurrentdays") or mapping(value).get("date")
            kept = "current versions" if key == "expiration" else "noncurrent versions"
            yield f"{text(rule.get('id')) or 'a rule'}: {kept} after {days} days"


def _acts(value: object) -> bool:
    return any(mapping(value).get(key) for key in ("days", "date", "noncurrentdays"))


def _lowered(rule: object) -> Values:
    """Keys of S3 (`NoncurrentDays`) and of Pulumi (`noncurrentDays`) as one."""
    return {
        key.lower(): _lowered(cast("object", value)) if isinstance(value, dict) else value
        for key, value in mapping(rule).items()
    }


def _retention(rule: object) -> tuple[str, int]:
    default = mapping(mapping(rule).get("defaultRetention"))
    days, years = default.get("days"), default.get("years")
    whole = [int(one) for one in (days, years) if isinstance(one, int | float) and not isinstance(one, bool)]
    count = whole[0] * (1 if isinstance(days, int | float) else YEAR) if whole else 0
    return text(default.get("mode")), count


def _on(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in ("true", "enabled", "on"))


def _items(value: object) -> list[object]:
    if isinstance(value, list):
        return sequence(cast("object", value))
    return [] if value is None else [value]


def quantity(value: object) -> Decimal | None:
    """A number or a quantity of Kubernetes; None for anything else."""
    if isinstance(value, bool):
        return None
    found = QUANTITY.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    try:
        return Decimal(found[1]) * SUFFIXES.get(found[2] or "", Decimal(1)) if found else None
    except InvalidOperation:
        return None
