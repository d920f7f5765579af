"""One benchmark's figures as they come, so that what was measured before a failure is kept."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.figures import Comparison, Figure, Goal
from benchmarks.machine import Machine
from host.documents import Values, mapping, sequence, text

Say = Callable[[str], None]


class NotAtHand(Exception):
    """What a benchmark needs is not on this machine, or does not run; the message says what to do."""


class Failed(Exception):
    """A benchmark could not be finished; the message says what was asked and what came."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one benchmark came to on one machine."""

    name: str
    title: str
    command: str
    commit: str
    began: str
    """UTC, to the second."""
    seconds: float
    machine: Machine
    load: float
    """Load average of the machine when it began: another one's work makes spread."""
    parameters: Values
    figures: tuple[Figure, ...]
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...] = ()
    fault: str = ""
    """Why it was not finished; "" where it was."""

    def document(self) -> Values:
        return {
            "name": self.name,
            "title": self.title,
            "command": self.command,
            "commit": self.commit,
            "began": self.began,
            "seconds": round(self.seconds, 1),
            "machine": self.machine.document(),
            "load": self.load,
            "parameters": self.parameters,
            "figures": [figure.document() for figure in self.figures],
            "comparisons": [comparison.document() for comparison in self.comparisons],
            "notes": list(self.notes),
            "fault": self.fault,
        }

    @classmethod
    def read(cls, document: Values) -> "Result":
        figures = tuple(Figure.read(mapping(item)) for item in sequence(document.get("figures")))
        seconds, load = document.get("seconds"), document.get("load")
        return cls(
            name=text(document.get("name")),
            title=text(document.get("title")),
            command=text(document.get("command")),
            commit=text(document.get("commit")),
            began=text(document.get("began")),
            seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
            machine=Machine.read(mapping(document.get("machine"))),
            load=float(load) if isinstance(load, int | float) else 0.0,
            parameters=mapping(document.get("parameters")),
            figures=figures,
            comparisons=tuple(
                Comparison.read(mapping(item), figures) for item in sequence(document.get("comparisons"))
            ),
            notes=tuple(text(note) for note in sequence(document.get("notes"))),
            fault=text(document.get("fault")),
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    ours: str
    theirs: str
    goal: Goal | None


@dataclass(slots=True)
class Record:
    """What a benchmark writes into while it runs."""

    say: Say
    """Prints a line of progress."""
    quick: bool = False
    """Whether as little as possible is measured: it shows that the benchmark works, and nothing else."""
    parameters: Values = field(default_factory=dict[str, object])
    notes: list[str] = field(default_factory=list[str])
    _units: dict[str, str] = field(default_factory=dict[str, str])
    _samples: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    _wanted: list[_Wanted] = field(default_factory=list[_Wanted])

    def add(self, figure: str, value: float, unit: str) -> None:
        """One sample more of a figure."""
        self._units.setdefault(figure, unit)
        self._samples.setdefault(figure, []).append(value)
        self.say(f"  {figure}: {value:.4g} {unit}")

    @contextmanager
    def timed(self, figure: str) -> Generator[None]:
        """The seconds that the block takes are a sample, unless it fails."""
        began = time.monotonic()
        yield
        self.add(figure, time.monotonic() - began, "s")

    def compare(self, name: str, ours: str, theirs: str, goal: Goal | None = None) -> None:
        """Says that two figures are to be set side by side; those that were never measured are not."""
        self._wanted.append(_Wanted(name, ours, theirs, goal))

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(Figure(name, self._units[name], tuple(samples)) for name, samples in self._samples.items())

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        known = {figure.name: figure for figure in self.figures}
        made = (
            Comparison(one.name, known[one.ours], known[one.theirs], one.goal)
            for one in self._wanted
            if one.ours in known and one.theirs in known
        )
        return tuple(comparison for comparison in made if comparison.ratios)
