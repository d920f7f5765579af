"""Measures what the factory costs beside doing the same without it: `python -m benchmarks [NAME ...] [--quick]`."""

import argparse
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from benchmarks import engine, gateway, placement, report, start, terraform, training
from benchmarks.machine import Machine, commit
from benchmarks.record import NotAtHand, Record, Result
from benchmarks.report import Report
from host.cache import REPOSITORY


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One thing to measure."""

    title: str
    measure: Callable[[Record], None]
    lab: bool = False
    """Whether it needs a running lab, in AIFACTORY_HOME or `.lab`."""


BENCHMARKS = {
    "engine": Benchmark("Components beside a flat Pulumi program of the same resources", engine.measure),
    "terraform": Benchmark("Pulumi beside Terraform with the real AWS provider", terraform.measure),
    "placement": Benchmark("Pods placed on simulated nodes by the real scheduler", placement.measure),
    "training": Benchmark("Training beside a bare torch loop", training.measure, lab=True),
    "gateway": Benchmark("Answers through the gateway beside vLLM alone", gateway.measure, lab=True),
    "start": Benchmark("Start of an unchanged lab", start.measure, lab=True),
}
NOT_AT_HAND = "not at hand: "
# Load average above which somebody else works here.
BUSY = 0.7


def main() -> int:
    """Runs the benchmarks asked for. Exit status 1 where one failed, or a named one is not at hand; a missed goal is no failure."""
    arguments = _arguments()
    # Ended from outside, it takes down what it started as after Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    docs: Path | None = arguments.out or (None if arguments.quick else REPOSITORY / "docs")
    kept = Report.read(docs / "bench" / "results.json") if docs else Report()
    if (load := os.getloadavg()[0]) > BUSY:
        _say(f"this machine is busy (load average {load:.2f}): expect spread, and trust ratios more than figures\n")
    unfinished: list[str] = []
    interrupted = False
    for name in arguments.names or BENCHMARKS:
        result, interrupted = _measured(name, quick=arguments.quick)
        if not kept.keep(result):
            _say("  an earlier whole result stays in the report")
        if docs:
            kept.write(docs, tuple(BENCHMARKS))
        _show(result)
        # What a run of everything finds lacking is said; who names a benchmark wants it.
        if result.fault and (arguments.names or not result.fault.startswith(NOT_AT_HAND)):
            unfinished.append(name)
        if interrupted:
            break
    if docs:
        _say(f"written: {docs / 'benchmarks.md'}, {docs / 'bench' / 'results.json'}")
    if unfinished:
        _say(f"not finished: {', '.join(unfinished)}")
    return 130 if interrupted else 1 if unfinished else 0


def _measured(name: str, *, quick: bool) -> tuple[Result, bool]:
    """What one benchmark came to, whole or not; whether it was interrupted."""
    benchmark = BENCHMARKS[name]
    _say(f"{name}: {benchmark.title}")
    record = Record(say=_say, quick=quick)
    began, clock, load = datetime.now(UTC), time.monotonic(), os.getloadavg()[0]
    fault, interrupted = "", False
    try:
        benchmark.measure(record)
    except KeyboardInterrupt:
        fault, interrupted = "interrupted", True
    except NotAtHand as error:
        fault = f"{NOT_AT_HAND}{error}"
    except Exception as error:
        # Whatever stopped one benchmark, its figures are kept and the next one is run.
        fault = f"{type(error).__name__}: {error}"
    result = Result(
        name=name,
        title=benchmark.title,
        command=f"python -m benchmarks {name}{' --quick' if quick else ''}",
        commit=commit(),
        began=f"{began:%Y-%m-%d %H:%M:%S}",
        seconds=time.monotonic() - clock,
        machine=Machine.this(),
        load=round(load, 2),
        parameters=record.parameters,
        figures=record.figures,
        comparisons=record.comparisons,
        notes=tuple(record.notes),
        fault=_one_line(fault),
    )
    return result, interrupted


def _show(result: Result) -> None:
    if result.figures:
        _say(f"\n{report.table(result)}\n{report.ratio_table(result)}")
    _say(f"{result.name}: {result.fault or 'finished'} ({result.seconds:.0f} s)\n")


def _arguments() -> argparse.Namespace:
    lines = "\n".join(
        f"  {name:10} {one.title}{' (needs a running lab)' if one.lab else ''}" for name, one in BENCHMARKS.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"benchmarks:\n{lines}\n\nA running lab is that of AIFACTORY_HOME, else .lab; `make up` first.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; everything where none is named")
    parser.add_argument("--quick", action="store_true", help="once and small, written nowhere unless --out is given")
    parser.add_argument("--out", type=Path, help="folder for benchmarks.md and bench/; docs where absent")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in BENCHMARKS:
            parser.error(f"{shlex.quote(name)}: no benchmark; one of {', '.join(BENCHMARKS)}")
    return arguments


def _one_line(fault: str) -> str:
    """A fault as one line that can be published: the end of a long one says why, and no path of this machine is in it."""
    for path, name in ((REPOSITORY, "."), (Path.home(), "~"), (Path(tempfile.gettempdir()), "$TMPDIR")):
        fault = fault.replace(str(path), name)
    return " ".join(fault.split())[-1000:]


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
