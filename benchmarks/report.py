"""Results as they are kept and shown: JSON for programs, a page with tables and plots for readers."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, cast

from benchmarks import plot
from benchmarks.figures import Comparison, Spread
from benchmarks.record import Result
from host.documents import mapping, sequence

HEAD = """# Benchmarks

Written by `python -m benchmarks` (`make bench`), which measures both sides of each comparison in turns in one run; `bench/results.json`
holds every sample. A figure is a median, its spread the first and third quartile (the least and the greatest of fewer than four
samples). A ratio is the median of the ratios of the pairs. A goal is what we want, not what a test asserts.
"""


@dataclass(slots=True)
class Report:
    """The last whole result of each benchmark, and the last unfinished one where none is whole."""

    results: dict[str, Result] = field(default_factory=dict[str, Result])

    @classmethod
    def read(cls, path: Path) -> Self:
        """What a file holds; nothing where there is none."""
        if not path.exists():
            return cls()
        document = mapping(cast("object", json.loads(path.read_text())))
        found = (Result.read(mapping(item)) for item in sequence(document.get("results")))
        return cls({result.name: result for result in found})

    def keep(self, result: Result) -> bool:
        """Takes a result in; whether it did: one that was not finished does not push out a whole one."""
        before = self.results.get(result.name)
        if result.fault and before and not before.fault:
            return False
        self.results[result.name] = result
        return True

    def write(self, docs: Path, order: Sequence[str]) -> None:
        """`docs`/benchmarks.md, and below `docs`/bench the results and a plot for each; each file whole or not at all."""
        folder = docs / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        results = [self.results[name] for name in order if name in self.results]
        document = {"results": [result.document() for result in results]}
        _replace(folder / "results.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        for result in results:
            if result.figures:
                _replace(folder / f"{result.name}.svg", plot.bars(result.title, result.figures))
        compared = list(_compared(results))
        if compared:
            _replace(folder / "ratios.svg", plot.ratios("Ours beside theirs", compared))
        _replace(docs / "benchmarks.md", page(results))


def page(results: Sequence[Result]) -> str:
    """The page, whose plots lie in `bench/` beside it."""
    parts = [HEAD]
    compared = list(_compared(results))
    if compared:
        rows = [_ratio_row(result.name, one) for result in results for one in result.comparisons]
        parts += [
            _table(("benchmark", "ours beside theirs", "ratio", "spread", "pairs", "goal", "met"), rows),
            "![Ratios and their goals](bench/ratios.svg)\n",
        ]
    for result in results:
        parts.append(_section(result))
    return "\n".join(parts)


def table(result: Result) -> str:
    """The figures of one result."""
    rows = [
        (figure.name, f"{figure.spread.median:.4g} {figure.unit}", _spread(figure.spread), str(len(figure.samples)))
        for figure in result.figures
    ]
    return _table(("figure", "median", "spread", "samples"), rows)


def ratio_table(result: Result) -> str:
    """Its comparisons."""
    rows = [_ratio_row(result.name, one)[1:] for one in result.comparisons]
    return _table(("ours beside theirs", "ratio", "spread", "pairs", "goal", "met"), rows) if rows else ""


def _section(result: Result) -> str:
    lines = [f"## {result.title}\n"]
    if result.fault:
        lines.append(f"**Not finished**: {result.fault}\n")
    lines.append(f"    {result.command}\n")
    given = ", ".join(f"{name} {value}" for name, value in result.parameters.items())
    lines.append(
        f"{result.began} UTC, {result.seconds:.0f} s, commit `{result.commit}`, load average before it {result.load:.2f}. "
        f"{result.machine}.{f' {given}.' if given else ''}\n"
    )
    lines += [f"- {note}" for note in result.notes]
    if result.notes:
        lines.append("")
    if result.figures:
        lines += [table(result), f"![{result.title}](bench/{result.name}.svg)\n"]
    return "\n".join(lines)


def _compared(results: Iterable[Result]) -> Iterable[tuple[str, Comparison]]:
    return ((f"{result.name}: {one.name}", one) for result in results for one in result.comparisons)


def _ratio_row(name: str, one: Comparison) -> tuple[str, ...]:
    spread = Spread.of(one.ratios)
    goal = (str(one.goal), "yes" if one.goal.met(spread.median) else "no") if one.goal else ("-", "-")
    return (name, one.name, f"{spread.median:.3f}", _spread(spread), str(len(one.ratios)), *goal)


def _spread(spread: Spread) -> str:
    return f"{spread.low:.4g} to {spread.high:.4g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _replace(path: Path, content: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(content)
    partial.replace(path)
