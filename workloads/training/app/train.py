"""Trains a model on every pod of a JobSet, one process a pod.

Started plainly in each pod; it looks whether the work is done, and if not becomes torchrun, which starts it again
with a rank. torch is loaded only then: a stage that stands ends in a moment.
"""

import os
import sys

from workloads.stage.app.attempt import Attempt, Metrics, run
from workloads.stage.app.store import environment

PORT = 29500


def train(attempt: Attempt) -> Metrics | None:
    if "RANK" not in os.environ:
        become_torchrun()
    from workloads.training.app import loop

    return loop.train(attempt)


def become_torchrun() -> None:
    """Replaces this process by torchrun, which gives each pod its rank."""
    arguments = [
        *(sys.executable, "-m", "torch.distributed.run"),
        f"--nnodes={environment('NNODES')}",
        "--nproc-per-node=1",
        f"--node-rank={environment('JOB_COMPLETION_INDEX')}",
        f"--master-addr={environment('MASTER_ADDR')}",
        f"--master-port={os.environ.get('MASTER_PORT', PORT)}",
        # The JobSet restarts pods; a restart inside one pod would wait for the others in vain.
        "--max-restarts=0",
        *("-m", "workloads.training.app.train"),
    ]
    os.execv(sys.executable, arguments)


if __name__ == "__main__":
    sys.exit(run("train", train))
