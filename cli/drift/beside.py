"""What stands beside what was deployed, and weakens it: nothing that a refresh of declared resources can see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cli.drift.findings import Difference
from cli.drift.refresh import Comparison
from components.errors import FactoryError
from components.preflight.questions import NoAnswer


@dataclass(slots=True)
class Beside:
    """What was found, and what was not answered, which says nothing of what was asked about."""

    differences: list[Difference] = field(default_factory=list[Difference])
    unanswered: list[str] = field(default_factory=list[str])

    def ask(self, about: str, question: Callable[[], Iterator[Difference]]) -> None:
        """Takes what a question finds, or notes that it was not answered."""
        try:
            self.differences += list(question())
        except (FactoryError, NoAnswer) as error:
            self.unanswered.append(f"{about}: {' '.join(str(error).split())}")


Asker = Callable[[Comparison, Beside], None]
"""Asks one API about what a layer has."""
