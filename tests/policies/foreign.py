"""Judges manifests and exported states of others: `python -m tests.policies.foreign FOLDER...` (files of YAML and JSON).

It prints what each rule found, how often it crashed and how long it took, then the slowest documents.
`--show RULE` prints that rule's findings instead, each with the file and the object that it is about.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import yaml

from policies.audit import StateError, audit
from policies.judge import Judge, Outcome
from policies.pack import RULES
from policies.resource import PolicyResource, Stack, Values, mapping, sequence, text

SUFFIXES = (".yaml", ".yml", ".json")
# As `policies.judge` says it of a rule that raises, and of a value that is not known.
CRASHED = "a rule that fails has judged nothing"
UNDECIDED = "cannot be judged yet:"
SLOWEST = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One file of others: its objects of Kubernetes, or a state of Pulumi's."""

    path: Path
    manifests: tuple[PolicyResource, ...] = ()
    state: Values | None = None


@dataclass(slots=True)
class Tally:
    """What was counted."""

    files: int = 0
    unread: int = 0
    """Files that are no YAML or JSON: templates of charts, most of them."""
    neither: int = 0
    """Documents that are no object of Kubernetes and no state."""
    twice: int = 0
    manifests: int = 0
    states: int = 0
    resources: int = 0
    """Of all states."""
    findings: Counter[str] = field(default_factory=Counter[str])
    undecided: Counter[str] = field(default_factory=Counter[str])
    crashes: Counter[str] = field(default_factory=Counter[str])
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(RULES, 0.0))
    slow: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])


def documents(path: Path) -> list[object] | None:
    """The documents of a file as the engine sees them: keys are text, dates too. None where it is no YAML."""
    written = path.read_text(errors="replace")
    try:
        if path.suffix == ".json":
            return [cast("object", json.loads(written))]
        read = [cast("object", one) for one in yaml.load_all(written, Loader=yaml.CSafeLoader)]
        return cast("list[object]", json.loads(json.dumps(read, default=str)))
    except (ValueError, TypeError, yaml.YAMLError):
        return None


def objects(document: object) -> Iterator[Values]:
    """The objects of a manifest; a List holds several."""
    found = mapping(document)
    version, kind = text(found.get("apiVersion")), text(found.get("kind"))
    if version and kind.endswith("List") and "items" in found:
        for item in sequence(found["items"]):
            yield from objects(item)
    elif version and kind:
        yield found


def resource(manifest: Values) -> PolicyResource:
    """An object as the Kubernetes provider would declare it."""
    version, kind = text(manifest["apiVersion"]), text(manifest["kind"])
    token = f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}"
    name = text(mapping(manifest.get("metadata")).get("name")) or "unnamed"
    return PolicyResource(kind=token, props=manifest, urn=f"urn:pulumi:others::others::{token}::{name}")


def sources(folders: Iterable[Path], tally: Tally) -> Iterator[Source]:
    """What can be judged of each file; the same document is judged once."""
    seen: set[str] = set()
    for path in sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in SUFFIXES):
        if not path.is_file():
            continue
        tally.files += 1
        read = documents(path)
        if read is None:
            tally.unread += 1
            continue
        manifests: list[PolicyResource] = []
        for document in read:
            key = json.dumps(document, sort_keys=True)
            if key in seen:
                tally.twice += 1
                continue
            seen.add(key)
            if mapping(mapping(document).get("deployment")).get("resources") or "checkpoint" in mapping(document):
                tally.states += 1
                yield Source(path=path, state=mapping(document))
            elif found := [resource(one) for one in objects(document)]:
                tally.manifests += len(found)
                manifests += found
            elif document is not None:
                tally.neither += 1
        if manifests:
            yield Source(path=path, manifests=tuple(manifests))


def judge(source: Source, tally: Tally) -> Iterator[Outcome]:
    """What every rule says of a file: of each object, then of all together. Each is timed alone."""
    began = time.perf_counter()
    if source.state is not None:
        # What a state costs to read is no rule's time.
        try:
            audited = audit(source.state, Judge(tuple(RULES.values())))
        except StateError:
            tally.states -= 1
            tally.neither += 1
            return
        tally.resources += audited.resources
        yield from audited.outcomes
    else:
        stack = Stack(source.manifests)
        for name, rule in RULES.items():
            alone = Judge((rule,))
            start = time.perf_counter()
            found = [replace(said, urn=one.urn) for one in source.manifests for said in alone.resource(one)]
            found += alone.stack(stack)
            tally.seconds[name] += time.perf_counter() - start
            yield from found
    size = source.path.stat().st_size
    tally.slow.append((time.perf_counter() - began, f"{source.path} ({size / 1024:.0f} KiB)"))


def main() -> int:
    """Prints the tables; 1 where a rule crashed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--show", metavar="RULE", choices=sorted(RULES), help="print this rule's findings instead")
    arguments = parser.parse_args()
    folders = cast("list[Path]", arguments.folders)
    shown = cast("str | None", arguments.show)
    tally = Tally()
    for source in sources(folders, tally):
        for outcome in judge(source, tally):
            _count(outcome, tally)
            if outcome.rule.id == shown:
                print(f"{source.path}: {outcome.urn.rpartition('::')[2] or 'together'}: {outcome.message}")
    if shown is None:
        _print(tally)
    return 1 if tally.crashes else 0


def _count(outcome: Outcome, tally: Tally) -> None:
    name = outcome.rule.id
    if CRASHED in outcome.message:
        tally.crashes[name] += 1
    elif outcome.message.startswith(UNDECIDED):
        tally.undecided[name] += 1
    else:
        tally.findings[name] += 1


def _print(tally: Tally) -> None:
    print(
        f"{tally.files} files: {tally.manifests} objects of Kubernetes; {tally.states} states of {tally.resources} ",
        end="",
    )
    print(f"resources; {tally.twice} documents again, {tally.neither} of neither kind, {tally.unread} files unread")
    print(f"{'rule':40}{'findings':>10}{'undecided':>10}{'crashes':>10}{'ms':>10}")
    for name in RULES:
        counts = (tally.findings[name], tally.undecided[name], tally.crashes[name], round(tally.seconds[name] * 1000))
        print(f"{name:40}" + "".join(f"{count:>10}" for count in counts))
    spent = sum(seconds for seconds, _ in tally.slow)
    print(f"{spent:.1f} s in all; the slowest:")
    for seconds, where in sorted(tally.slow, reverse=True)[:SLOWEST]:
        print(f"{seconds * 1000:>8.0f} ms  {where}")


if __name__ == "__main__":
    sys.exit(main())
