"""What was measured: samples of a quantity, two quantities side by side, and what is said of them."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from host.documents import Values, mapping, sequence, text

Bound = Literal["at most", "at least"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some samples and how far they lie apart."""

    median: float
    low: float
    """First quartile; the least of fewer than four samples."""
    high: float
    """Third quartile; the greatest of fewer than four samples."""

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        """Of at least one sample."""
        if len(samples) < 4:
            return cls(statistics.median(samples), min(samples), max(samples))
        low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity, measured again and again."""

    name: str
    unit: str
    samples: tuple[float, ...]

    @property
    def spread(self) -> Spread:
        return Spread.of(self.samples)

    def document(self) -> Values:
        """As it is kept; median and quartiles are for readers, and read back from the samples."""
        spread = self.spread
        return {
            "name": self.name,
            "unit": self.unit,
            "median": rounded(spread.median),
            "quartiles": [rounded(spread.low), rounded(spread.high)],
            "samples": [rounded(sample) for sample in self.samples],
        }

    @classmethod
    def read(cls, document: Values) -> "Figure":
        return cls(
            text(document.get("name")), text(document.get("unit")), tuple(numbers(sequence(document.get("samples"))))
        )


@dataclass(frozen=True, slots=True)
class Goal:
    """What a ratio should be; a report says whether it is, and nothing fails where it is not."""

    bound: Bound
    value: float

    def met(self, ratio: float) -> bool:
        return ratio <= self.value if self.bound == "at most" else ratio >= self.value

    def __str__(self) -> str:
        return f"{'≤' if self.bound == 'at most' else '≥'} {self.value:.2f}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two figures of one run; their samples were taken in turns, so that each pair saw the same machine."""

    name: str
    ours: Figure
    theirs: Figure
    goal: Goal | None = None

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours / theirs, pair by pair."""
        return tuple(
            ours / theirs for ours, theirs in zip(self.ours.samples, self.theirs.samples, strict=False) if theirs
        )

    def document(self) -> Values:
        spread = Spread.of(self.ratios)
        found: Values = {
            "name": self.name,
            "ours": self.ours.name,
            "theirs": self.theirs.name,
            "ratio": rounded(spread.median),
            "quartiles": [rounded(spread.low), rounded(spread.high)],
        }
        if self.goal:
            found["goal"] = {"bound": self.goal.bound, "value": self.goal.value, "met": self.goal.met(spread.median)}
        return found

    @classmethod
    def read(cls, document: Values, figures: Sequence[Figure]) -> "Comparison":
        known = {figure.name: figure for figure in figures}
        kept = mapping(document.get("goal"))
        bound: Bound = "at least" if kept.get("bound") == "at least" else "at most"
        return cls(
            text(document.get("name")),
            known[text(document.get("ours"))],
            known[text(document.get("theirs"))],
            Goal(bound, *numbers([kept.get("value")])) if kept else None,
        )


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` of all do not exceed, of at least one."""
    ordered = sorted(samples)
    # Of 100 samples the 99th is the 0.99 percentile; no value between two is made up.
    return ordered[max(0, min(len(ordered), math.ceil(share * len(ordered))) - 1)]


def rounded(value: float) -> float:
    """With five significant digits: more of them is noise, and makes two reports hard to compare."""
    return float(f"{value:.5g}")


def numbers(values: Sequence[object]) -> list[float]:
    """Those that are numbers."""
    return [float(value) for value in values if isinstance(value, int | float)]
