"""How the processes of one training meet: the first prepares, the others wait for it, and only then do they exchange tensors.

A collective gives up after minutes, and to tokenize a corpus takes hours: what is waited for here is a key of torchrun's
store, which only the end of the first process's pod ends.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch._C._distributed_c10d import Store
from torch.distributed.rendezvous import rendezvous

from workloads.stage.app.error import StageError

PREPARED = "aifactory/prepared"
_ASK_EVERY = timedelta(seconds=60)
_COLLECTIVE = timedelta(minutes=10)


class FirstRankError(StageError):
    """The error that rank 0 met, as every other rank learns of it."""

    def __init__(self, text: str) -> None:
        Exception.__init__(self, text)


@contextmanager
def joined(prepare: Callable[[], None]) -> Generator[None]:
    """A process group of all ranks that torchrun started, made when `prepare` is done on the first."""
    store, rank, world = next(iter(rendezvous("env://")))
    first_prepares(store, rank, prepare)
    # What ranks exchange about checkpoints is small and on the CPU.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=_COLLECTIVE)
    try:
        yield
    finally:
        dist.destroy_process_group()


def first_prepares(store: Store, rank: int, prepare: Callable[[], None], ask_every: timedelta = _ASK_EVERY) -> None:
    """Runs `prepare` on rank 0 and returns on every rank when it is done.

    What its user has to remedy is raised on every rank, so that no pod ends for want of the others instead.
    """
    if rank == 0:
        try:
            prepare()
        except StageError as error:
            store.set(PREPARED, str(error))
            raise
        store.set(PREPARED, "")
        return
    started = time.monotonic()
    while True:
        try:
            store.wait([PREPARED], ask_every)
            break
        except dist.DistStoreError:
            minutes = (time.monotonic() - started) / 60
            print(f"train: rank {rank} waits for rank 0 to prepare the tokens, {minutes:.0f} minutes", flush=True)
    error = store.get(PREPARED).decode()
    if error:
        raise FirstRankError(error)
