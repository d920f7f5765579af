"""Deployments that are killed are made good by the project, without hands: the short form of `tests.contract.kills`."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import cast

import pytest

from tests.contract.kills import LATENCY, Killer
from tests.contract.servers import moto

KILLS = 4
SEED = 21


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Generator[Killer]:
    with moto(LATENCY) as endpoint:
        yield Killer(tmp_path_factory.mktemp("killed"), endpoint, SEED)


def test_killed_deployments_leave_no_orphan_and_need_no_hands(killer: Killer) -> None:
    while killer.tally.kills.total() < KILLS:
        killer.round()
    assert (killer.tally.hands, killer.tally.orphans, killer.tally.lost) == ([], [], [])
    assert killer.tally.recoveries == killer.tally.kills.total()
    assert killer.unchanged()


def test_an_id_that_was_lost_is_found_again(killer: Killer) -> None:
    deployment = killer.deployment
    deployment.succeed("up", "--yes", "--skip-preview")
    before = {(entry.kind, entry.name): entry.id for entry in deployment.resources()}
    file = deployment.folder / "exported.json"
    deployment.succeed("stack", "export", "--file", str(file))
    exported = cast("dict[str, dict[str, list[dict[str, object]]]]", json.loads(file.read_text()))
    network = next(
        entry for entry in exported["deployment"]["resources"] if str(entry["urn"]).endswith("::network-vpc")
    )
    network["id"] = "vpc-00000000000000000"
    file.write_text(json.dumps(exported))
    deployment.succeed("stack", "import", "--file", str(file))
    done = deployment.recover()
    assert done.returncode == 0, done.stderr
    assert "in place of vpc-00000000000000000, which is gone" in done.stdout
    deployment.succeed("up", "--yes", "--skip-preview", "--refresh")
    assert {(entry.kind, entry.name): entry.id for entry in deployment.resources()} == before


def test_a_stack_as_it_should_be_is_left_alone(killer: Killer) -> None:
    state = killer.deployment.state()
    done = killer.deployment.recover()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert killer.deployment.state() == state


def test_a_state_whose_note_is_half_written_is_read_again(killer: Killer) -> None:
    """The engine was killed between the file and what the backend notes beside it."""
    deployment = killer.deployment
    state = deployment.state()
    note = deployment.folder / "state" / ".pulumi" / "stacks" / "aifactory" / "test.platform.json.attrs"
    note.write_text("")
    assert deployment.run("stack", "export").returncode != 0
    done = deployment.recover()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"removed {note.name}, which a killed engine left half-written"]
    assert deployment.state() == state
    assert deployment.run("preview", "--refresh", "--expect-no-changes").returncode == 0


def test_what_cannot_be_asked_is_one_message(killer: Killer) -> None:
    """A cloud that is away is said so; nothing is done to the state meanwhile."""
    state = killer.deployment.state()
    path = Path(killer.deployment.folder / "state" / ".pulumi" / "stacks" / "aifactory" / "test.platform.json")
    path.write_text(state.replace(killer.endpoint, "http://127.0.0.1:9"))
    done = killer.deployment.recover()
    path.write_text(state)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "127.0.0.1:9" in done.stderr
