"""Checkpoints: whole or passed over, written beside training, and resumed from bit for bit."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.apps.training.processes import alone, sequences, step, together, weights
from workloads.training.app import parts
from workloads.training.app.checkpoint import MANIFEST, Checkpoints, discard_partial
from workloads.training.app.step import Step


def of(folder: Path, trained: Step) -> Checkpoints:
    return Checkpoints(folder, trained.llama, trained.optimizer)


def saved(folder: Path, *steps: int) -> None:
    """Checkpoints of a model that took one step."""
    trained = step()
    trained.take(sequences(0), 0.01)
    checkpoints = of(folder, trained)
    for number in steps:
        checkpoints.save(number)
    checkpoints.wait()


def latest(folder: Path) -> int:
    return of(folder, step()).latest()


def test_a_resumed_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    with alone():
        straight = step()
        checkpoints = of(tmp_path, straight)
        for number in range(1, 7):
            straight.take(sequences(number), 0.01)
            if number == 3:
                # The next step changes weights and moments while they are written.
                checkpoints.save(3)
        checkpoints.wait()
        resumed = step()
        again = of(tmp_path, resumed)
        assert again.latest() == 3
        again.load(3)
        for number in range(4, 7):
            resumed.take(sequences(number), 0.01)
    assert torch.equal(weights(straight.llama), weights(resumed.llama))
    left, right = (parts.state(one.llama, one.optimizer) for one in (straight, resumed))
    assert left.keys() == right.keys()
    assert all(torch.equal(left[name], right[name]) and left[name].device == right[name].device for name in left)


def test_a_checkpoint_damaged_twice_does_not_end_every_restart(tmp_path: Path) -> None:
    with alone():
        for _ in range(2):
            saved(tmp_path, 1, 2)
            largest = max((tmp_path / "step-2").iterdir(), key=lambda path: path.stat().st_size)
            os.truncate(largest, largest.stat().st_size // 2)
            assert latest(tmp_path) == 1
            shutil.rmtree(tmp_path / "step-1")
    assert [path.name for path in tmp_path.iterdir()] == ["damaged-2"]


@pytest.mark.parametrize("content", ["", "[", "[]", "{}", '{"rank-0-0.safetensors": 3}', '{"gone.safetensors": "00"}'])
def test_a_manifest_that_is_none_is_passed_over(tmp_path: Path, content: str) -> None:
    with alone():
        saved(tmp_path, 1)
        (tmp_path / "step-1" / MANIFEST).write_text(content)
        assert latest(tmp_path) == 0


def on_two_processes(rank: int, folder: Path) -> object:
    saved(folder, 1, 2, 3)
    torch.distributed.barrier()
    trained = step()
    checkpoints = of(folder, trained)
    checkpoints.load(checkpoints.latest())
    torch.distributed.barrier()
    if rank == 0:
        for path in (folder / "step-3").glob("rank-1-*"):
            path.unlink()
    torch.distributed.barrier()
    return weights(trained.llama).tolist(), latest(folder)


def test_a_checkpoint_whose_rank_left_nothing_is_not_whole(tmp_path: Path) -> None:
    first, second = together(2, tmp_path, on_two_processes)
    assert first == second
    names = json.loads((tmp_path / "step-2" / MANIFEST).read_text())
    assert {name.split("-")[1] for name in names} == {"0", "1"}
    assert isinstance(first, tuple)
    assert first[1] == 2
    assert sorted(path.name for path in tmp_path.glob("*-*")) == ["damaged-3", "step-2"]


SAVES = """
from pathlib import Path
from tests.apps.training.processes import alone, sequences, step
from workloads.training.app.checkpoint import Checkpoints
with alone():
    trained = step()
    trained.take(sequences(0), 0.01)
    checkpoints = Checkpoints(Path({folder!r}), trained.llama, trained.optimizer)
    for number in range(1, 100000):
        checkpoints.save(number)
"""


def test_a_kill_while_a_checkpoint_is_written_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", SAVES.format(folder=str(tmp_path))])
    while not list(tmp_path.glob("step-*")) or not list(tmp_path.glob("partial-*")):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    existing = max(int(path.name.removeprefix("step-")) for path in tmp_path.glob("step-*"))
    discard_partial(tmp_path)
    with alone():
        assert latest(tmp_path) == existing
    assert not list(tmp_path.glob("damaged-*"))


def test_a_save_that_failed_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    with alone():
        trained = step()
        trained.take(sequences(0), 0.01)
        checkpoints = of(tmp_path / "gone", trained)
        checkpoints.save(1)
        with pytest.raises(FileNotFoundError):
            checkpoints.wait()
