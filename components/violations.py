"""Every violation in what a user wrote, gathered first and then reported in one message."""

import re
from dataclasses import dataclass, field

from components.errors import FactoryError

SHOWN = 1000
"""Characters of a value that a message shows: a list of thousands of URLs would bury its own rule."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One property that breaks a rule."""

    path: str
    """The property as its user wrote it, e.g. `nodes` or `subnets[1].cidr`."""
    value: object
    """What was found there."""
    rule: str
    """The rule that it breaks, as a sentence that is true of good values."""
    remedy: str = ""
    """What to do, where the rule alone does not say it."""

    def __str__(self) -> str:
        # repr tells "" and "1.5" from nothing and 1.5; a newline in a value must not break the line of the violation.
        shown = repr(self.value) if isinstance(self.value, str) else str(self.value).replace("\n", " ")
        # A password in a URL is not repeated.
        shown = re.sub(r"//[^/@\s]*@", "//***@", shown)
        if len(shown) > SHOWN:
            shown = f"{shown[:SHOWN]}... ({len(shown)} characters)"
        return f"{self.path} = {shown}: {self.rule}" + (f"; {self.remedy}" if self.remedy else "")


class SpecError(FactoryError):
    """What a component was given breaks its rules; the message has one line a violation."""

    def __init__(self, component: str, violations: tuple[Violation, ...]) -> None:
        self.component = component
        self.violations = violations
        super().__init__("\n".join(f"{component}: {violation}" for violation in violations))


@dataclass(slots=True)
class Violations:
    """Gathers the violations of one component, so that a user sees all of them at once."""

    component: str
    found: list[Violation] = field(default_factory=list[Violation])

    def unless(self, ok: bool, path: str, value: object, rule: str, remedy: str = "") -> bool:
        """Notes a violation unless `ok`; returns `ok`, so that what builds on a good value can be skipped."""
        if not ok:
            self.found.append(Violation(path, value, rule, remedy))
        return ok

    def raise_if_any(self) -> None:
        """Raises SpecError with every violation noted so far."""
        if self.found:
            raise SpecError(self.component, tuple(self.found))
