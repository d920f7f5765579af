"""The documents name what exists: paths, modules, targets of make, commands and options; and their lines are short."""

import argparse
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from cli.__main__ import parser
from cli.existing.options import HELP
from host.cache import REPOSITORY

# Written by programs, which have tests of their own.
GENERATED = {"docs/fidelity.md", "docs/benchmarks.md"}
# What commands write or users add, and patterns of names.
MADE_LATER = re.compile(
    r"^(\.lab|\.sites|images/lock\.json|stages/|localhost/)|[<>*~…]|\.\.\.|\bENV\b|\.backends\.yaml"
)
TOP = {path.name for path in REPOSITORY.iterdir() if path.is_dir()} - {".git", ".venv"}
ADR_PARTS = ("## Context", "## Options considered", "## Decision", "## Consequences")


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        REPOSITORY / name
        for name in listed.stdout.split()
        if name not in GENERATED and not name.startswith("docs/reference/") and (REPOSITORY / name).exists()
    ]


@cache
def commands() -> Mapping[str, frozenset[str]]:
    """Each command with its options."""
    found = next(one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))  # pyright: ignore
    return {name: frozenset(one._option_string_actions) for name, one in found.choices.items()}  # pyright: ignore


def quoted(text: str) -> Iterator[str]:
    """What stands in code: between backticks, or in an indented or fenced block."""
    for fenced in re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield from str(fenced).splitlines()
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from (line.strip() for line in outside.splitlines() if line.startswith("    "))
    yield from re.findall(r"`([^`\n]+)`", outside)


def words(text: str) -> Iterator[str]:
    for code in quoted(text):
        yield from code.partition(" #")[0].split()


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(REPOSITORY)))
class TestDocument:
    def test_every_path_exists(self, document: Path) -> None:
        text = document.read_text()
        # A test is named by its file and its name.
        named = {word.rstrip(".,;:").partition("::")[0] for word in words(text)}
        paths = {word for word in named if word.split("/")[0] in TOP and "/" in word and not MADE_LATER.search(word)}
        # The tables of what was broken leave out `tests/`.
        roots = (REPOSITORY, REPOSITORY / "tests")
        assert sorted(path for path in paths if not any((root / path).exists() for root in roots)) == []

    def test_every_link_leads_somewhere(self, document: Path) -> None:
        links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text())
        local = [link for link in links if not re.match(r"[a-z]+:", link)]
        assert [link for link in local if not (document.parent / link).exists()] == []

    def test_every_target_and_variable_of_make_exists(self, document: Path) -> None:
        makefile = (REPOSITORY / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
        variables = {name.replace("-", "_").upper() for name in HELP} | {"ENV", "RECIPE", "DRY_RUN", "NAMES"}
        for code in quoted(document.read_text()):
            for line in re.findall(r"(?:^|[ '])make(?= [a-z]+\b)(.*)", code.partition(" #")[0]):
                assert line.split()[0] in targets, code
                assert set(re.findall(r"\b([A-Z_0-9]+)=", line)) <= variables, code

    def test_every_command_exists(self, document: Path) -> None:
        known = commands()
        for code in quoted(document.read_text()):
            for name, rest in re.findall(r"(?:^|/)aifactory ([a-z]+)([^#]*)", code):
                assert name in known, code
                assert set(re.findall(r"--[a-z-]+", rest)) <= known[name], code

    def test_every_module_exists(self, document: Path) -> None:
        for name in re.findall(r"python -m ([a-z_.]+[a-z])", document.read_text()):
            assert find_spec(name) is not None, name

    def test_no_line_is_longer_than_120(self, document: Path) -> None:
        assert [line for line in document.read_text().splitlines() if len(line) > 120] == []


@pytest.mark.parametrize("page", sorted((REPOSITORY / "docs" / "adr").glob("0*.md")), ids=lambda path: path.stem)
def test_a_decision_has_status_date_options_and_consequences(page: Path) -> None:
    text = page.read_text()
    assert re.search(r"^- Status: \w+", text, re.MULTILINE)
    assert re.search(r"^- Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    at = [text.find(part) for part in ADR_PARTS]
    assert -1 not in at
    assert at == sorted(at)
    # A decision with one option was none.
    assert text[at[1] : at[2]].count("\n- **") >= 2
    assert page.name in (page.parent / "README.md").read_text()


def walkthroughs() -> list[Path]:
    """Pages that change a file step by step; the others only run commands."""
    found = [page for page in sorted((REPOSITORY / "docs" / "howto").glob("*.md")) if "```diff" in page.read_text()]
    assert found
    return found


@pytest.mark.parametrize("page", walkthroughs(), ids=lambda path: path.stem)
def test_the_places_of_a_walkthrough_are_in_the_sources(page: Path) -> None:
    """The lines around a change, so that a reader finds the place; what a change removes is gone on the reader's branch."""
    path, wanted = "", list[tuple[str, str]]()
    for prose, diff in re.findall(r"(.*?)^```diff\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
        path = ([name for name in re.findall(r"`([\w/.]+\.py)`", prose) if "/" in name] or [path])[-1]
        wanted += [(path, line[1:]) for line in diff.splitlines() if line.startswith(" ")]
    assert wanted
    assert [(path, line) for path, line in wanted if line not in (REPOSITORY / path).read_text().splitlines()] == []
