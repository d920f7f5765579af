"""How a pod of training ends: its processes are started by torchrun itself, and what its user has to remedy comes out as such."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from workloads.stage.app.attempt import USER_ERROR
from workloads.stage.app.store import Store
from workloads.training.app.train import FAILED, MODULE

START = "from workloads.training.app.train import start_processes; raise SystemExit(start_processes('{module}'))"


def pod(arguments: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """A training on one pod of two processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return subprocess.run(
        [sys.executable, *arguments],
        env={
            **os.environ,
            **{"NNODES": "1", "PROCESSES": "2", "JOB_COMPLETION_INDEX": "0", "OMP_NUM_THREADS": "1"},
            **{"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)},
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("fates", "status"),
    [
        ("0,0", 0),
        # torchrun ends the other, whose status then is a signal's.
        ("waits,2", USER_ERROR),
        ("2,2", USER_ERROR),
        ("waits,1", FAILED),
        ("killed,waits", FAILED),
    ],
)
def test_a_ranks_exit_code_2_became_1_and_restarted_all_workers(fates: str, status: int) -> None:
    ended = pod(["-c", START.format(module="tests.apps.training.rank")], FATES=fates)
    assert ended.returncode == status, ended.stderr


@pytest.mark.usefixtures("account")
def test_what_its_user_has_to_remedy_ends_the_pod_with_2(tmp_path: Path) -> None:
    spec = tmp_path / "train.json"
    texts = {name: name for name in ("run", "code", "environment", "image")}
    recipe = {"vocab": 512}
    spec.write_text(json.dumps({**texts, "stage": "train", "key": "1" * 64, "inputs": {}, "recipe": recipe}))
    ended = pod(["-m", MODULE], STAGE_SPEC_FILE=str(spec), CHECKPOINT_DIR=str(tmp_path))
    assert ended.returncode == USER_ERROR, ended.stderr
    # Rank 0 met it, and each rank's last words are the fault: none waits for a collective that never comes.
    assert "train: inputs.clean = '': is a finished clean; run clean first" in ended.stderr


def test_a_training_that_is_done_ends_with_0_and_starts_no_process(account: Store, tmp_path: Path) -> None:
    account.put(f"stages/train/{'1' * 64}/manifest.json", b"{}")
    spec = tmp_path / "train.json"
    texts = {name: name for name in ("run", "code", "environment", "image")}
    spec.write_text(json.dumps({**texts, "stage": "train", "key": "1" * 64, "inputs": {}, "recipe": {}}))
    ended = pod(["-m", MODULE], STAGE_SPEC_FILE=str(spec), CHECKPOINT_DIR=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (0, "train: 111111111111 exists, nothing to do\n"), ended.stderr
