"""Trains a model on every pod of a JobSet, one process a GPU, and one a pod where there are none.

Started plainly in each pod; it looks whether the work is done, and if not lets torchrun start it again, once a process,
with a rank. torch is loaded only then: a stage that exists ends in a moment.
"""

import os
import sys
from collections.abc import Iterable

from workloads.stage.app.attempt import USER_ERROR, Attempt, Metrics, run
from workloads.stage.app.store import environment

PORT = 29500
MODULE = "workloads.training.app.train"
FAILED = 1


def train(attempt: Attempt) -> Metrics | None:
    if "RANK" not in os.environ:
        raise SystemExit(start_processes())
    from workloads.training.app import loop

    return loop.train(attempt)


def start_processes(module: str = MODULE) -> int:
    """Starts this pod's processes, each of which runs `module`, and returns the pod's exit status."""
    # Here, because a stage that exists needs no torch.
    from torch.distributed import run as torchrun
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    arguments = [
        f"--nnodes={environment('NNODES')}",
        f"--nproc-per-node={environment('PROCESSES')}",
        f"--node-rank={environment('JOB_COMPLETION_INDEX')}",
        f"--master-addr={environment('MASTER_ADDR')}",
        f"--master-port={os.environ.get('MASTER_PORT', PORT)}",
        # The JobSet restarts pods; a restart inside one pod would wait for the others in vain.
        "--max-restarts=0",
        *("-m", module),
    ]
    try:
        torchrun.run(torchrun.parse_args(arguments))
    except ChildFailedError as error:
        # Each process has printed what ended it.
        return status_of(failure.exitcode for failure in error.failures.values())
    return 0


def status_of(statuses: Iterable[int]) -> int:
    """A pod's exit status from those of its processes that failed: torchrun itself would say 1 for a user's error too.

    The others are ended when the first fails, so one that names a user's error decides.
    """
    return USER_ERROR if USER_ERROR in statuses else FAILED


if __name__ == "__main__":
    sys.exit(run("train", train))
