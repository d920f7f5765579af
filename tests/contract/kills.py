"""Deployments that are killed at random points, and what is left of them.

`python -m tests.contract.kills --kills 100 --seed 7` is the long form; `test_killed_deployments.py` is the short one. Each
round begins a deployment, kills its engine, its aws plugin or its program with SIGKILL, does what `make up` does next, and
compares everything that stands in moto with the state.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lab.plugins.aws.provider import TYPES
from tests.contract.deployment import Deployment
from tests.contract.existing import CloudResource, existing, plugin_for
from tests.contract.servers import moto

PROGRAM = Path(__file__).parent / "programs" / "pool.py"
VICTIMS = {"engine": "", "plugin": "lab.plugins.aws", "program": "pulumi_plugin.language_host"}
"""Who is killed -> what its command line contains; the engine is the process that was started."""
INSTANCES = ("p5.48xlarge", "p4d.24xlarge")
CIDRS = ("10.64.0.0/16", "10.96.0.0/16")
# Seconds within which a deployment ends that has lost a part of it.
PATIENCE = 180
PACE = 0.02
# Seconds from the making of a thing to the answer; AWS takes from one to many.
LATENCY = 1.0


@dataclass(slots=True)
class Tally:
    """What the rounds came to."""

    kills: Counter[str] = field(default_factory=Counter[str])
    recoveries: int = 0
    hands: list[str] = field(default_factory=list[str])
    """Rounds that would have needed one: what the recovery or the deployment after it said."""
    orphans: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])
    lines: Counter[str] = field(default_factory=Counter[str])
    """What the recovery did, by its first word."""

    @property
    def violations(self) -> int:
        """How often something was not as it must be."""
        return len(self.hands) + len(self.orphans) + len(self.lost)

    def __str__(self) -> str:
        output = (
            f"{self.kills.total()} kills ({', '.join(f'{count} {kind}' for kind, count in sorted(self.kills.items()))})"
        )
        return (
            f"{output}: {self.recoveries} recoveries, {len(self.orphans)} orphans, {len(self.lost)} lost, "
            f"{len(self.hands)} hands; the recovery's lines: {dict(self.lines)}"
        )


class Killer:
    """Rounds of one seed on one stack."""

    def __init__(self, folder: Path, endpoint: str, seed: int) -> None:
        kubeconfig = folder / "kubeconfig"
        folder.mkdir(parents=True, exist_ok=True)
        kubeconfig.write_text("{}")
        self.tally = Tally()
        self.endpoint = endpoint
        self._aws = plugin_for(endpoint)
        self._random = random.Random(seed)
        self.deployment = Deployment.of(folder / "project", PROGRAM.read_text())
        self._config = {
            "endpoint": endpoint,
            "kubeconfig": str(kubeconfig),
            "cidr": CIDRS[0],
            "instance": INSTANCES[0],
            "nodes": "1",
        }
        self.deployment.configure(self._config)
        self._before = existing(self._aws)
        # Seconds that each kind of deployment works, as last seen: a kill falls anywhere within.
        self._lasts = {"create": 6.0, "change": 2.0, "replace": 6.0, "destroy": 3.0}
        self._empty = True

    def round(self) -> str:
        """One kill and its recovery; what happened, in a line."""
        operation = "create" if self._empty else self._random.choice(("change", "replace", "replace", "destroy"))
        self._vary(operation)
        victim = self._random.choice(tuple(VICTIMS))
        delay = self._kill(operation, victim)
        if delay is None:
            self._check(f"{operation}, which ended before its kill")
            self._empty = operation == "destroy"
            return f"{operation}: ended before the kill"
        self.tally.kills[victim] += 1
        done = self._recovered(operation, f"{operation}, {victim} killed after {delay:.2f} s")
        self._empty = operation == "destroy"
        return f"{operation}: {victim} killed after {delay:.2f} s; {'; '.join(done) or 'nothing to recover'}"

    def _vary(self, operation: str) -> None:
        if operation in ("change", "replace"):
            self._config["nodes"] = str(1 + int(self._config["nodes"]) % 4)
        if operation == "replace":
            key, values = self._random.choice((("cidr", CIDRS), ("instance", INSTANCES)))
            self._config[key] = values[1 - values.index(self._config[key])]
        self.deployment.configure(self._config)

    def _command(self, operation: str) -> tuple[str, ...]:
        return ("destroy" if operation == "destroy" else "up", "--yes", "--skip-preview")

    def _kill(self, operation: str, victim: str) -> float | None:
        """Kills a part of a deployment; the delay after which, or None where the deployment had ended."""
        # Four of five kills fall into the part in which something is made: the rest of it is the start of the programs.
        working = self._random.random() < 0.8
        delay = self._random.uniform(0, self._lasts[operation])
        before = self.deployment.state()
        engine = self.deployment.start(*self._command(operation))
        if working:
            _wait(lambda: engine.poll() is not None or self.deployment.state() != before)
        begun = time.monotonic()
        _wait(lambda: engine.poll() is not None or time.monotonic() - begun > delay)
        targets = self._targets(engine, victim)
        for target in targets:
            _kill(target)
        try:
            engine.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            # Its part is gone and it waits for ever: it is what a user would kill next.
            engine.kill()
            engine.wait()
        if not targets and working:
            self._lasts[operation] = 0.9 * (time.monotonic() - begun)
        return delay if targets else None

    def _targets(self, engine: subprocess.Popen[bytes], victim: str) -> list[int]:
        """Whom to kill, once it is there: the engine starts a plugin more than once. Empty where the deployment ended first."""
        found: list[int] = []

        def there() -> bool:
            if engine.poll() is not None:
                return True
            found.extend([engine.pid] if victim == "engine" else _descendants(engine, VICTIMS[victim]))
            return bool(found)

        _wait(there)
        return found

    def _recovered(self, operation: str, what: str) -> list[str]:
        recovery = self.deployment.recover()
        done = recovery.stdout.splitlines()
        self.tally.lines.update(line.split()[0] for line in done)
        refresh = ("--refresh",) if done else ()
        deployed = self.deployment.run(*self._command(operation), *refresh)
        if recovery.returncode or deployed.returncode:
            self.tally.hands.append(f"{what}: {recovery.stderr}{deployed.stdout}{deployed.stderr}")
        else:
            self.tally.recoveries += 1
        self._check(what)
        return done

    def _check(self, what: str) -> None:
        known: set[CloudResource] = {
            (one.kind, one.id)
            for one in self.deployment.resources()
            if one.kind in TYPES or not one.kind.startswith("aws:")
        }
        known = {(kind, identity) for kind, identity in known if not kind.startswith("kubernetes:")}
        there = existing(self._aws) - self._before
        self.tally.orphans += [f"{kind} {identity} after {what}" for kind, identity in sorted(there - known)]
        self.tally.lost += [f"{kind} {identity} after {what}" for kind, identity in sorted(known - there)]

    def unchanged(self) -> bool:
        """Whether what exists is what is declared."""
        self.deployment.succeed("up", "--yes", "--skip-preview")
        return self.deployment.run("preview", "--refresh", "--expect-no-changes").returncode == 0


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(PACE)


def _descendants(engine: subprocess.Popen[bytes], mark: str) -> list[int]:
    """Processes that the engine started, by what their command line contains."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            continue
    todo, below = [engine.pid], list[int]()
    while todo:
        below += (found := children.get(todo.pop(), []))
        todo += found
    found: list[int] = []
    for pid in below:
        try:
            if mark in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                found.append(pid)
        except OSError:
            continue
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--report", type=Path, help="file for the figures, as JSON")
    arguments = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder, moto(LATENCY) as endpoint:
        killer = Killer(Path(folder), endpoint, arguments.seed)
        while killer.tally.kills.total() < arguments.kills:
            line = killer.round()
            sys.stdout.write(f"{killer.tally.kills.total()}: {line} [{killer.tally.violations} faults]\n")
            sys.stdout.flush()
    tally = killer.tally
    seconds = time.monotonic() - began
    sys.stdout.write("\n".join([*tally.hands, *tally.orphans, *tally.lost, f"{tally}; {seconds:.0f} s", ""]))
    if arguments.report:
        figures = {
            "seed": arguments.seed,
            "kills": dict(tally.kills),
            "recoveries": tally.recoveries,
            "orphans": len(tally.orphans),
            "lost": len(tally.lost),
            "hands": len(tally.hands),
            "seconds": round(seconds),
        }
        arguments.report.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
