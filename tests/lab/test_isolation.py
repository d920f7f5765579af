"""Two labs side by side, both killed while they were being brought up: neither sees the other, and nothing stays."""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.lab.conftest import RECIPE, Lab
from tests.lab.machine import Machine

Begin = Callable[[Lab], subprocess.Popen[str]]


@pytest.fixture
def homes() -> Generator[list[Path]]:
    folders = [Path(tempfile.mkdtemp(prefix=f"aif-{name}-", dir="/var/tmp")) for name in "ab"]
    yield folders
    for folder in folders:
        Lab(folder).run("down")
        shutil.rmtree(folder)


@pytest.fixture
def begin(homes: list[Path]) -> Generator[Begin]:
    """Begins an `up`; what still runs when a test fails is killed before its lab is ended."""
    begun: list[subprocess.Popen[str]] = []

    def one(lab: Lab) -> subprocess.Popen[str]:
        begun.append(lab.begin("up", "--recipe", str(RECIPE)))
        return begun[-1]

    yield one
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def until(process: subprocess.Popen[str], step: str) -> str:
    """Reads what an `up` says until it has done a step."""
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        output += line
        if line.strip().startswith("done") and step in line:
            return output
    raise AssertionError(f"it ended before {step!r}: {output}")


def test_two_labs_killed_in_the_middle_of_their_start_leave_nothing(homes: list[Path], begin: Begin) -> None:
    before = Machine.now(*homes)
    labs = [Lab(home) for home in homes]
    starting = [begin(lab) for lab in labs]
    for process in starting:
        until(process, "service: node-groups")
    identities = [json.loads((home / "state" / "identity.json").read_text()) for home in homes]
    for field in ("name", "link", "serving_port"):
        assert identities[0][field] != identities[1][field]
    for process in starting:
        process.kill()
        process.wait()
    # A killed `up` ends no service: both labs run on, each healthy for itself.
    for lab in labs:
        services = lab.services()
        assert [name for name, one in services.items() if not one["healthy"]] == []
    pids = [{one["pid"] for one in lab.services().values()} for lab in labs]
    assert not pids[0] & pids[1]
    assert Machine.now(*homes).changes_since(before)
    assert [lab.run("down").returncode for lab in labs] == [0, 0]
    assert Machine.now(*homes).changes_since(before) == []


def test_an_up_that_finds_another_one_says_so_and_so_does_one_that_is_interrupted(
    homes: list[Path], begin: Begin
) -> None:
    lab = Lab(homes[0])
    first = begin(lab)
    until(first, "service: moto")
    second = lab.run("up", "--recipe", str(RECIPE))
    assert second.returncode == 1
    assert "another command works on this lab" in second.stderr
    assert second.stderr.count("\n") == 1
    first.send_signal(signal.SIGINT)
    output, _ = first.communicate()
    assert first.returncode == 130
    assert "interrupted: what exists stays" in output
    assert "Traceback" not in output


def test_a_lab_whose_folder_was_removed_under_it_is_found_and_ended(homes: list[Path], begin: Begin) -> None:
    before, lab = Machine.now(*homes), Lab(homes[0])
    first = begin(lab)
    until(first, "service: moto")
    first.kill()
    first.wait()
    # What still runs may write a file meanwhile.
    shutil.rmtree(lab.home, ignore_errors=True)
    assert "whose folder was removed" in lab.run("doctor").stdout
    assert lab.run("down").returncode == 0
    assert Machine.now(*homes).changes_since(before) == []
