"""One mapping of a document, read by type; what is wrong with it is noted, not raised, so that all of it is said at once."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, cast

from components.faults import Faults

MISSING = "(missing)"


@dataclass(slots=True)
class Section:
    """A mapping at a path. A value that breaks its rule is read as the least good one, and the fault is noted."""

    faults: Faults
    path: str
    values: Mapping[str, object]
    bad: set[str] = field(default_factory=set[str])

    @classmethod
    def read(cls, faults: Faults, path: str, values: object, keys: Sequence[str]) -> Self:
        """Notes a fault where `values` is no mapping, and one for each key beside `keys`."""
        mapping = isinstance(values, dict)
        given = cast("dict[object, object]", values) if mapping else dict[object, object]()
        faults.unless(mapping, path or "recipe", values, f"it is a mapping of {', '.join(keys)}")
        section = cls(faults, path, {str(key): value for key, value in given.items()})
        if not mapping:
            # One fault is said already; a line for each of its keys would bury it.
            section.faults = Faults(faults.component)
            section.bad.add("")
        for key, value in section.values.items():
            faults.unless(
                key in keys, section.at(key), value, f"the keys are {', '.join(keys)}", "correct or remove it"
            )
        return section

    @property
    def faulty(self) -> bool:
        """Whether any value broke a rule, so that rules between values need not be asked."""
        return bool(self.bad)

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def value(self, key: str) -> object:
        return self.values.get(key, MISSING)

    def section(self, key: str, keys: Sequence[str], replaced: Mapping[str, object] | None = None) -> "Section":
        """The mapping below a key, with some of its values replaced."""
        found = self.value(key)
        if isinstance(found, dict):
            found = {**cast("dict[str, object]", found), **(replaced or {})}
        own = Section.read(self.faults, self.at(key), found, keys)
        return own

    def require(self, ok: bool, key: str, rule: str, remedy: str = "") -> bool:
        if not ok:
            self.bad.add(key)
        return self.faults.unless(ok, self.at(key), self.value(key), rule, remedy)

    def whole(self, key: str, least: int) -> int:
        value = self.value(key)
        # True is an int to Python, and 2.0 is a slip that a reader of the recipe should see.
        good = type(value) is int and value >= least
        self.require(good, key, f"it is a whole number of {least} or more", f"set {least} or more")
        return value if isinstance(value, int) and good else least

    def number(self, key: str, rule: str, holds: Callable[[float], bool], remedy: str = "") -> float:
        value = self.value(key)
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        good = math.isfinite(number) and holds(number)
        self.require(good, key, rule, remedy)
        return number if good else 1.0

    def text(self, key: str, pattern: str, rule: str) -> str:
        value = self.value(key)
        good = isinstance(value, str) and re.fullmatch(pattern, value) is not None
        self.require(good, key, rule)
        return value if isinstance(value, str) and good else ""
