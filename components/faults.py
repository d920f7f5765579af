"""Every fault of what a user wrote, gathered first and then said in one message."""

import re
from dataclasses import dataclass, field

from components.errors import FactoryError

SHOWN = 1000
"""Characters of a value that a message shows: a list of thousands of URLs would bury its own rule."""


@dataclass(frozen=True, slots=True)
class Fault:
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
        # repr tells "" and "1.5" from nothing and 1.5; a newline in a value must not break the line of the fault.
        shown = repr(self.value) if isinstance(self.value, str) else str(self.value).replace("\n", " ")
        # A password in a URL is not repeated.
        shown = re.sub(r"//[^/@\s]*@", "//***@", shown)
        if len(shown) > SHOWN:
            shown = f"{shown[:SHOWN]}... ({len(shown)} characters)"
        return f"{self.path} = {shown}: {self.rule}" + (f"; {self.remedy}" if self.remedy else "")


class SpecError(FactoryError):
    """What a component was given breaks its rules; the message has one line a fault."""

    def __init__(self, component: str, faults: tuple[Fault, ...]) -> None:
        self.component = component
        self.faults = faults
        super().__init__("\n".join(f"{component}: {fault}" for fault in faults))


@dataclass(slots=True)
class Faults:
    """Gathers the faults of one component, so that a user sees all of them at once."""

    component: str
    found: list[Fault] = field(default_factory=list[Fault])

    def unless(self, ok: bool, path: str, value: object, rule: str, remedy: str = "") -> bool:
        """Notes a fault unless `ok`; returns `ok`, so that what builds on a good value can be skipped."""
        if not ok:
            self.found.append(Fault(path, value, rule, remedy))
        return ok

    def raise_if_any(self) -> None:
        """Raises SpecError with every fault noted so far."""
        if self.found:
            raise SpecError(self.component, tuple(self.found))
