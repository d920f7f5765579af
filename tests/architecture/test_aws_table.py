"""The tables of docs/aws.md name every fault and complaint, and tests that exist; what no layer declares is said there."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from host.cache import REPOSITORY

PAGE = REPOSITORY / "docs" / "aws.md"
TESTS = REPOSITORY / "tests"
FOLDER = TESTS / "unit" / "components"
"""Of files that are named without a folder."""
FAULTS = [f"{letter}{number}" for letter, last in (("A", 9), ("B", 11), ("C", 13)) for number in range(1, last + 1)]
COMPLAINTS = [str(number) for number in range(1, 26)]
ROW = re.compile(r"\| (?P<id>[ABC]?\d+) \| (?P<shown>yes|part|no) \| (?P<fault>.+) \|")
BELOW = re.compile(r"\| \| \| (?P<text>.+) \|")
TEST = re.compile(r"`(?P<file>[\w/]+\.py)::(?P<test>\w+)`")
OPEN = re.compile(r"(open|no test): \S.+")
SECTION = re.compile(r"^## What no layer declares yet\n(.*?)^## ", re.DOTALL | re.MULTILINE)


@dataclass(slots=True)
class Fault:
    """One row of a table, and what stands below it."""

    id: str
    shown: str
    tests: list[str] = field(default_factory=list[str])
    left_open: list[str] = field(default_factory=list[str])


def faults() -> list[Fault]:
    found: list[Fault] = []
    for line in PAGE.read_text().splitlines():
        if row := ROW.fullmatch(line):
            found.append(Fault(row["id"], row["shown"]))
        elif below := BELOW.fullmatch(line):
            text = below["text"]
            known = found[-1].tests if TEST.fullmatch(text) else found[-1].left_open
            assert TEST.fullmatch(text) or OPEN.fullmatch(text), line
            known.append(text)
    return found


@cache
def functions_of(path: Path) -> frozenset[str]:
    """Names of the test functions of a file, those in classes too."""
    if not path.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(path.read_text()))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def named() -> Iterator[tuple[str, str]]:
    """(file, test) of every reference on the page."""
    return ((found["file"], found["test"]) for found in TEST.finditer(PAGE.read_text()))


def test_every_fault_and_every_complaint_is_there_once() -> None:
    assert [one.id for one in faults()] == [*FAULTS, *COMPLAINTS]


def test_every_test_that_is_named_exists() -> None:
    references = set(named())
    assert len(references) > 60
    places = {file: (TESTS if "/" in file else FOLDER) / file for file, _ in references}
    assert sorted(f"{file}::{test}" for file, test in references if test not in functions_of(places[file])) == []


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.id)
def test_what_is_shown_has_a_test_and_what_is_open_a_reason(fault: Fault) -> None:
    wanted: Mapping[str, tuple[bool, bool]] = {"yes": (True, False), "part": (True, True), "no": (False, True)}
    assert (bool(fault.tests), bool(fault.left_open)) == wanted[fault.shown]


def test_a_component_that_no_layer_declares_is_named() -> None:
    """Said on the page, it is not promised by the tables."""
    sources = "\n".join(path.read_text() for path in (REPOSITORY / "stacks").rglob("*.py"))
    packages = {path.parent.name for path in (REPOSITORY / "components").glob("*/component.py")}
    undeclared = {name for name in packages if f"from components.{name}.component import" not in sources}
    section = SECTION.search(PAGE.read_text())
    written = set(re.findall(r"^\| `components/(\w+)` \|", section[1] if section else "", re.MULTILINE))
    assert written == undeclared, "change the section of docs/aws.md, and what is `open` in its tables"
