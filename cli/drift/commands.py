"""`aifactory drift`: compares what was deployed with what stands, and changes nothing."""

import argparse
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from rich.console import Console

from cli.drift.comparison import Drift, Refreshing, drift
from host.progress import Progress

HELP = "say what was changed outside of `up`, and what of it weakens protection, and change nothing"
DRIFTED, WEAKENED, UNKNOWN = 3, 2, 1
DESCRIPTION = (
    f"{HELP}. Exit code: 0 where everything stands as it was deployed; {UNKNOWN} where an error left anything unasked; "
    f"{WEAKENED} where a change weakens protection; {DRIFTED} where there are changes and none does."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `drift` alone has; the options that name a target are added with those of every command."""
    parser.description = DESCRIPTION
    parser.add_argument("--json", action="store_true", help="as one JSON document")


class Environment(Protocol):
    """The part of `cli.target.Target` that is compared."""

    @property
    def env(self) -> str: ...

    def deployed(self, progress: Progress) -> AbstractContextManager[Refreshing]: ...


def run(target: Environment, kubectl: Callable[[], Path], console: Console, *, as_json: bool) -> int:
    """Compares, prints, and says the verdict by its status. Raises FactoryError or SpecError."""
    # A document alone is on standard output.
    progress = Progress(Console(stderr=True) if as_json else console)
    with target.deployed(progress) as engine:
        found = drift(target.env, engine, kubectl, progress)
    if as_json:
        print(json.dumps(found.document(), indent=1))
    else:
        show(found, console)
    return status(found)


def show(found: Drift, console: Console) -> None:
    """Prints a line a finding, what was not answered, and the counts."""
    for one in found.findings:
        console.print(str(one), markup=False)
    for question in found.unanswered:
        console.print(f"not compared: {question}", markup=False)
    counts = f"{found.weakening} weaken protection, {len(found.findings) - found.weakening} more changed"
    console.print(counts if found.findings else f"no drift in {', '.join(found.compared) or 'nothing'}")


def status(found: Drift) -> int:
    """The exit code."""
    if found.weakening:
        return WEAKENED
    if found.unanswered:
        return UNKNOWN
    return DRIFTED if found.findings else 0
