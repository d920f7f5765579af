"""No collective waits for the first process's preparation, and its fault is everyone's."""

import threading
from datetime import timedelta

import pytest
from torch._C._distributed_c10d import HashStore

from workloads.stage.app.error import StageError
from workloads.training.app.rendezvous import first_prepares

SHORT = timedelta(milliseconds=50)


def test_tokenizing_for_longer_than_a_collective_waits_ends_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    store, go, output = HashStore(), threading.Event(), ""
    first = threading.Thread(target=first_prepares, args=(store, 0, go.wait))
    second = threading.Thread(target=first_prepares, args=(store, 1, go.wait, SHORT))
    first.start()
    second.start()
    while output.count("rank 1 waits for rank 0") < 2:
        output += capfd.readouterr().out
    assert second.is_alive()
    go.set()
    first.join()
    second.join()


def test_a_fault_met_while_preparing_is_raised_on_every_rank() -> None:
    store = HashStore()

    def refuses() -> None:
        raise StageError("recipe.train.vocab", 1, "is more", "set more")

    for rank in (0, 1):
        with pytest.raises(StageError, match=r"recipe\.train\.vocab = 1: is more; set more"):
            first_prepares(store, rank, refuses)
