"""Every type of the aws plugin through the real engine: made, looked at, changed, replaced, imported, removed."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.plugins.aws.provider import TYPES
from lab.plugins.server import Resource
from lab.plugins.values import Values, mapping
from tests.contract.aws_cases import CASES, GROUND
from tests.contract.deployment import Deployment, Entry
from tests.contract.servers import moto
from tests.contract.standing import REGION, SERVICES, Thing, plugin_for, standing
from tests.contract.table import PROGRAM, STAGES, Case, Table

BY_NAME = {case.name: case for case in CASES}
UP = ("up", "--yes", "--skip-preview")


@dataclass(slots=True)
class Life:
    """What was seen of all types through their lives."""

    states: dict[str, Mapping[str, Entry]] = field(default_factory=dict[str, "Mapping[str, Entry]"])
    """Stage -> the state after it, by name."""
    live: dict[str, Mapping[str, Values]] = field(default_factory=dict[str, "Mapping[str, Values]"])
    """Stage -> what AWS said then, by name."""
    there: dict[str, set[Thing]] = field(default_factory=dict[str, "set[Thing]"])
    """Stage -> all that stood then."""
    said: dict[str, str] = field(default_factory=dict[str, str])
    """Check -> what the engine said to it; empty where it found nothing."""
    written: str = ""
    """The first state, as it lay on the disk."""


def table_for(endpoint: str) -> Table:
    endpoints = json.dumps([dict.fromkeys(SERVICES, endpoint)])
    return Table((*GROUND, *CASES), {"region": REGION, "endpoints": endpoints})


def deployment_in(folder: Path) -> Deployment:
    settings = {"CONTRACT_TABLE": str(folder / "table.json")}
    return Deployment.of(folder / "project", PROGRAM.read_text(), settings)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Generator[Life]:
    """Lived once for all tests: a dozen runs of the engine."""
    seen = Life()
    with moto() as endpoint:
        aws = plugin_for(endpoint)
        table = table_for(endpoint)
        first = deployment_in(tmp_path_factory.mktemp("first"))

        def look(stage: str, deployment: Deployment) -> None:
            state = {entry.name: entry for entry in deployment.resources()}
            seen.states[stage], seen.there[stage] = state, standing(aws)
            found = {
                name: aws.read(Resource(name, entry.kind, name), entry.id, dict(entry.inputs))
                for name, entry in state.items()
            }
            seen.live[stage] = {name: pair[0] for name, pair in found.items() if pair}

        def unchanged(check: str, deployment: Deployment, *arguments: str) -> None:
            done = deployment.run(*arguments, "--expect-no-changes")
            seen.said[check] = done.stdout + done.stderr if done.returncode else ""

        seen.there["before"] = standing(aws)
        for stage in STAGES:
            table.declare(first, stage)
            first.succeed(*UP)
            look(stage, first)
            if stage == "first":
                seen.written = first.state()
            unchanged(f"refresh after {stage}", first, "preview", "--refresh")
            if stage == "first":
                vpc = seen.states[stage]["vpc"].id
                aws.call("ec2", "delete_tags", Resources=[vpc], Tags=[{"Key": "team"}])
                unchanged("refresh after a tag was taken away", first, "preview", "--refresh")
        unchanged("second up", first, *UP)
        second = deployment_in(tmp_path_factory.mktemp("second"))
        table.declare(second, "replaced", {name: entry.id for name, entry in seen.states["replaced"].items()})
        second.succeed(*UP)
        look("imported", second)
        unchanged("up after the import", second, *UP)
        first.succeed("destroy", "--yes", "--skip-preview")
        seen.there["destroyed"] = standing(aws)
        yield seen


def cases(*needed: str) -> pytest.MarkDecorator:
    """Every case that nothing keeps from being shown; what keeps the others is said in the table."""
    able = [case for case in CASES if not set(needed) & set(case.lacks)]
    return pytest.mark.parametrize("case", able, ids=[case.name for case in able])


def test_the_table_has_every_type_that_is_served() -> None:
    assert {case.kind for case in CASES} == set(TYPES)


@cases()
def test_it_is_made(life: Life, case: Case) -> None:
    entry = life.states["first"][case.name]
    assert entry.id
    if "live" not in case.lacks:
        assert (case.kind, entry.id) in life.there["first"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_refresh_shows_no_drift(life: Life, stage: str) -> None:
    assert life.said[f"refresh after {stage}"] == ""


def test_a_refresh_shows_what_was_changed_behind_the_back(life: Life) -> None:
    assert "vpc" in life.said["refresh after a tag was taken away"]


def test_a_second_up_changes_nothing(life: Life) -> None:
    assert life.said["second up"] == ""


@cases("changed")
def test_a_change_is_made_in_place(life: Life, case: Case) -> None:
    before, after = life.states["first"][case.name], life.states["changed"][case.name]
    assert after.id == before.id
    for key in case.changed:
        assert life.live["changed"][case.name][key] != life.live["first"][case.name][key]


@cases("removed")
def test_what_is_declared_no_longer_is_gone(life: Life, case: Case) -> None:
    before, after = life.states["changed"][case.name], life.states["removed"][case.name]
    assert after.id == before.id
    for path in case.removed:
        assert at(life.live["removed"][case.name], path) != at(life.live["changed"][case.name], path)


@cases()
def test_what_cannot_be_changed_is_replaced(life: Life, case: Case) -> None:
    before, after = life.states["removed"][case.name], life.states["replaced"][case.name]
    assert after.id != before.id
    assert (case.kind, before.id) not in life.there["replaced"]


@cases("import")
def test_it_is_imported(life: Life, case: Case) -> None:
    assert life.states["imported"][case.name].id == life.states["replaced"][case.name].id
    assert life.there["imported"] == life.there["replaced"]


def test_an_import_leaves_nothing_to_change(life: Life) -> None:
    # What no API tells is missing after an import; declared as it is told, nothing differs.
    assert life.said["up after the import"] == ""


def test_nothing_is_left(life: Life) -> None:
    assert life.there["destroyed"] == life.there["before"]


def test_a_secret_stays_one_in_the_state(life: Life) -> None:
    assert "hunter2" not in life.written
    assert life.live["first"]["vpc"]["tags"] == {"team": "ml", "stage": "test", "note": "hunter2"}


def at(values: Values, path: str) -> object:
    """What stands at a dotted path; None where nothing does."""
    found: object = values
    for part in path.split("."):
        found = mapping(found).get(part)
    return found


def refused(folder: Path, case: Case, *command: str) -> str:
    """What the engine says of a program with one resource that must fail."""
    with moto() as endpoint:
        deployment = deployment_in(folder)
        Table((case,), table_for(endpoint).provider).declare(deployment, "first")
        done = deployment.run(*command)
    assert done.returncode != 0
    return done.stdout + done.stderr


def errors(said: str) -> list[str]:
    """The errors among the engine's diagnostics, without its own last word."""
    told = said.partition("Diagnostics:")[2].splitlines()
    return [line.strip() for line in told if "error:" in line and "update failed" not in line]


def test_a_type_that_is_not_served_fails_the_preview(tmp_path: Path) -> None:
    said = errors(refused(tmp_path, Case(name="queue", kind="aws:sqs/queue:Queue", first={}), "preview"))
    assert len(said) == 1
    assert "aws:sqs/queue:Queue is not served" in said[0]


def test_a_property_that_is_not_served_fails_the_preview(tmp_path: Path) -> None:
    case = Case(name="net", kind="aws:ec2/vpc:Vpc", first={"cidrBlock": "10.0.0.0/16", "ipv4IpamPoolId": "pool"})
    said = errors(refused(tmp_path, case, "preview"))
    assert len(said) == 1
    assert "ipv4IpamPoolId" in said[0]


def test_a_call_that_fails_is_one_error_of_the_up(tmp_path: Path) -> None:
    case = Case(name="place", kind="aws:ec2/subnet:Subnet", first={"vpcId": "vpc-00000000", "cidrBlock": "10.0.0.0/24"})
    said = errors(refused(tmp_path, case, *UP))
    assert len(said) == 1
    assert "create_subnet" in said[0]
    assert "vpc-00000000" in said[0]


def test_nothing_is_looked_for_when_it_is_made() -> None:
    """The plugin has no memory: what is created twice stands twice, so that recovering is the project's own work."""
    with moto() as endpoint:
        aws = plugin_for(endpoint)
        before = standing(aws)
        resource = Resource("urn", "aws:ec2/vpc:Vpc", "net")
        made = {aws.create(resource, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}})[0] for _ in range(2)}
        assert {(resource.kind, identity) for identity in made} == standing(aws) - before
        assert len(made) == 2
