"""The life that every type is put through, and what must have been seen of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

import pytest

from host.documents import Values, mapping
from tests.contract.deployment import Deployment, Entry
from tests.contract.existing import CloudResource
from tests.contract.table import PROGRAM, STAGES, Case, Table

UP = ("up", "--yes", "--skip-preview")
DRIFT = ("preview", "--refresh")


class World(Protocol):
    """What stands behind a plugin, asked without the engine."""

    def existing(self) -> set[CloudResource]:
        """All there is."""
        ...

    def read(self, entry: Entry) -> Values | None:
        """One resource as it is."""
        ...

    def meddle(self, state: Mapping[str, Entry]) -> str:
        """Changes a resource behind the engine's back; returns its name. The next stage declares what it took away."""
        ...


@dataclass(slots=True)
class Life:
    """What was seen of all types through their lives."""

    states: dict[str, Mapping[str, Entry]] = field(default_factory=dict[str, "Mapping[str, Entry]"])
    """Stage -> the state after it, by name."""
    live: dict[str, Mapping[str, Values]] = field(default_factory=dict[str, "Mapping[str, Values]"])
    """Stage -> what was there then, by name."""
    there: dict[str, set[CloudResource]] = field(default_factory=dict[str, "set[CloudResource]"])
    """Stage -> all that stood then."""
    output: dict[str, str] = field(default_factory=dict[str, str])
    """Check -> what the engine said to it; empty where it found nothing."""
    meddled: str = ""
    """What was changed behind the engine's back."""
    written: str = ""
    """The first state, as it lay on the disk."""


def deployment_in(folder: Path, settings: Mapping[str, str] | None = None, plugin: str = "") -> Deployment:
    """A deployment whose program declares a table."""
    lines = {"CONTRACT_TABLE": str(folder / "table.json"), **(settings or {})}
    return Deployment.of(folder / "project", PROGRAM.read_text(), lines, plugin)


def lived(first: Deployment, second: Deployment, table: Table, world: World) -> Life:
    """Puts every case of a table through its life: a dozen runs of the engine for all of them together."""
    seen = Life()

    def look(stage: str, deployment: Deployment) -> None:
        state = {entry.name: entry for entry in deployment.resources()}
        seen.states[stage], seen.there[stage] = state, world.existing()
        found = {name: world.read(entry) for name, entry in state.items()}
        seen.live[stage] = {name: values for name, values in found.items() if values is not None}

    def unchanged(check: str, deployment: Deployment, *arguments: str) -> None:
        done = deployment.run(*arguments, "--expect-no-changes")
        seen.output[check] = done.stdout + done.stderr if done.returncode else ""

    seen.there["before"] = world.existing()
    for stage in STAGES:
        table.declare(first, stage)
        first.succeed(*UP)
        look(stage, first)
        unchanged(f"refresh after {stage}", first, *DRIFT)
        if stage == "first":
            seen.written = first.state()
            seen.meddled = world.meddle(seen.states[stage])
            unchanged("refresh after a change behind the back", first, *DRIFT)
    unchanged("second up", first, *UP)
    table.declare(second, "replaced", {name: entry.id for name, entry in seen.states["replaced"].items()})
    second.succeed(*UP)
    look("imported", second)
    unchanged("up after the import", second, *UP)
    first.succeed("destroy", "--yes", "--skip-preview")
    seen.there["destroyed"] = world.existing()
    return seen


class TypeContract:
    """What holds for every type. A test module names its cases and gives the fixture `life`."""

    CASES: ClassVar[tuple[Case, ...]] = ()

    def test_it_is_made(self, life: Life, case: Case) -> None:
        entry = life.states["first"][case.name]
        assert entry.id
        if "live" not in case.lacks:
            assert (case.kind, entry.id) in life.there["first"]

    @pytest.mark.parametrize("stage", STAGES)
    def test_a_refresh_shows_no_drift(self, life: Life, stage: str) -> None:
        assert life.output[f"refresh after {stage}"] == ""

    def test_a_refresh_shows_what_was_changed_behind_the_back(self, life: Life) -> None:
        assert life.meddled in life.output["refresh after a change behind the back"]

    def test_a_second_up_changes_nothing(self, life: Life) -> None:
        assert life.output["second up"] == ""

    @pytest.mark.shows("changed")
    def test_a_change_is_made_in_place(self, life: Life, case: Case) -> None:
        before, after = life.states["first"][case.name], life.states["changed"][case.name]
        assert after.id == before.id
        for key in case.changed:
            assert life.live["changed"][case.name][key] != life.live["first"][case.name][key]

    @pytest.mark.shows("removed")
    def test_what_is_declared_no_longer_is_gone(self, life: Life, case: Case) -> None:
        before, after = life.states["changed"][case.name], life.states["removed"][case.name]
        assert after.id == before.id
        for path in case.removed:
            assert at(life.live["removed"][case.name], path) != at(life.live["changed"][case.name], path)

    def test_what_cannot_be_changed_is_replaced(self, life: Life, case: Case) -> None:
        before, after = life.states["removed"][case.name], life.states["replaced"][case.name]
        assert after.id != before.id
        assert (case.kind, before.id) not in life.there["replaced"]

    @pytest.mark.shows("import")
    def test_it_is_imported(self, life: Life, case: Case) -> None:
        assert life.states["imported"][case.name].id == life.states["replaced"][case.name].id
        assert life.there["imported"] == life.there["replaced"]

    def test_an_import_leaves_nothing_to_change(self, life: Life) -> None:
        # What no API tells is missing after an import; declared as it is told, nothing differs.
        assert life.output["up after the import"] == ""

    def test_nothing_is_left(self, life: Life) -> None:
        assert life.there["destroyed"] == life.there["before"]

    def test_a_secret_stays_one_in_the_state(self, life: Life) -> None:
        assert "hunter2" not in life.written
        assert any("hunter2" in str(values) for values in life.live["first"].values())


def at(values: Values, path: str) -> object:
    """What stands at a dotted path; None where nothing does."""
    found: object = values
    for part in path.split("."):
        found = mapping(found).get(part)
    return found


def refused(deployment: Deployment, case: Case, provider: Mapping[str, str] | None, *command: str) -> list[str]:
    """The errors that the engine shows of a program with one resource that must fail, without its own last word."""
    Table((case,), provider).declare(deployment, "first")
    done = deployment.run(*command)
    assert done.returncode != 0
    lines = (done.stdout + done.stderr).partition("Diagnostics:")[2].splitlines()
    return [line.strip() for line in lines if "error:" in line and "update failed" not in line]
