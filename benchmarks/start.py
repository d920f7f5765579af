"""What `aifactory up` takes on a lab that runs and is as it is declared."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.factory import Factory
from benchmarks.record import Failed, Record
from host.cache import REPOSITORY

ROUNDS = 5
# Seconds for an `up` to end by itself when it is interrupted.
PATIENCE = 120
STEP = re.compile(r"\s*done\s+(?P<title>.+?) (?:(?P<minutes>\d+) min )?(?P<seconds>\d+(?:\.\d+)?) s\s*")
CHANGES = re.compile(r"(?P<stack>lab\.\w+): (?P<changes>.+)")


def measure(record: Record) -> None:
    """Brings a running lab up again and again; once before, uncounted, so that it is what this tree declares."""
    factory = Factory.running()
    rounds = 1 if record.quick else ROUNDS
    record.parameters |= {"rounds": rounds}
    record.say("  once, not counted: after it nothing is left to change")
    for line in up(factory):
        record.say(f"    {line}")
    for number in range(rounds):
        record.say(f"  round {number + 1} of {rounds}")
        with record.timed("up"):
            output = list(up(factory))
        if changed := [line for line in output if changes(line)]:
            raise Failed(f"the lab was not unchanged: {'; '.join(changed)}")
        for title, seconds in steps(output):
            record.add(title, seconds, "s")


def up(factory: Factory) -> Iterator[str]:
    """Each line of an `up` with the recipe that the lab has. Raises Failed where it does not end well."""
    recipe = ("--recipe", factory.recipe) if factory.recipe else ()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "cli", "up", *recipe],
        cwd=REPOSITORY,
        env={**os.environ, "AIFACTORY_HOME": str(factory.home.root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output: list[str] = []
    try:
        for line in process.stdout:
            output.append(line.rstrip())
            yield line.rstrip()
        if process.wait():
            raise Failed(f"`aifactory up` ended with status {process.returncode}: {' '.join(output[-8:])}")
    finally:
        if process.poll() is None:
            # Killed, it would leave a deployment half done; interrupted, it ends in order.
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        process.stdout.close()


def steps(output: list[str]) -> Iterator[tuple[str, float]]:
    """Each step that an `up` names with its time, and the seconds of it."""
    for line in output:
        if found := STEP.fullmatch(line):
            # A run is named by its digest, which says nothing about time.
            title = "run" if found["title"].startswith("run ") else found["title"]
            yield title, 60 * int(found["minutes"] or 0) + float(found["seconds"])


def changes(line: str) -> bool:
    """Whether a line of an `up` says that a stack was changed."""
    found = CHANGES.fullmatch(line)
    return found is not None and re.fullmatch(r"\d+ unchanged", found["changes"].strip()) is None
