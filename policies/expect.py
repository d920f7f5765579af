"""The three answers of a property: as it should be, not so, or not known yet."""

import json
from collections.abc import Callable, Iterable
from typing import cast

from policies.resource import UNKNOWN, Values, at, mapping, sequence
from policies.rule import MISSING, Findings, Undecided, Violation

Test = Callable[[object], bool]
SHOWN = 80
"""Characters of a word that a message shows."""


def shown(value: object) -> str:
    """A value as a message shows it: numbers, switches and words of an API; of anything else only that it is there."""
    if value is None or value in ("", [], {}):
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, str):
        return value if len(value) <= SHOWN and value.isprintable() else f"a text of {len(value)} characters"
    return "a list" if isinstance(value, list) else "an object"


def expect(props: object, path: str, test: Test, rule: str, remedy: str = "", *, root: str = "") -> Findings:
    """A finding unless the property at a path, below `root`, passes a test; undecided where it is unknown."""
    value = at(props, path)
    key = f"{root}.{path}" if root else path
    if value is UNKNOWN:
        yield Undecided(key)
    elif not test(value):
        yield Violation(key, shown(value), rule, remedy)


def each(props: object, path: str) -> Iterable[tuple[str, object]]:
    """Path and value of each item of an array; the array's own, unknown, where it is not known."""
    value = at(props, path)
    if value is UNKNOWN:
        return [(path, UNKNOWN)]
    return [(f"{path}[{index}]", item) for index, item in enumerate(sequence(value))]


def is_true(value: object) -> bool:
    """Whether a switch is on; launch templates and providers write it as text."""
    return value is True or value == "true"


def is_not_true(value: object) -> bool:
    """Whether a switch is off or absent."""
    return not is_true(value)


def present(value: object) -> bool:
    """Whether there is a value."""
    return value is not None and value not in ("", [], {})


def absent(value: object) -> bool:
    """Whether there is none."""
    return not present(value)


def one_of(*wanted: object) -> Test:
    """A test for one of some values."""
    return lambda value: value in wanted


def at_least(least: float) -> Test:
    """A test for a number of at least so much; some APIs write numbers as text."""
    return lambda value: _number(value) >= least


def document(value: object) -> Values | None:
    """A JSON document, as text or as an object; None where its text is no JSON, which its API refuses itself."""
    if not isinstance(value, str):
        return mapping(value)
    try:
        return mapping(cast("object", json.loads(value))) if value else {}
    except ValueError:
        return None


def statements(value: object) -> list[Values]:
    """Statements of an IAM policy; it is one or a list."""
    found = mapping(document(value)).get("Statement")
    return [mapping(one) for one in (sequence(found) or ([found] if found is not None else []))]


def texts(value: object) -> list[str]:
    """A part of a policy that is one text or a list of them."""
    return [str(item) for item in (sequence(value) or ([] if value is None else [value]))]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        return float(value)
    except ValueError:
        return 0
