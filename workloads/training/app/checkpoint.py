"""Checkpoints in a folder that all pods share, written beside training: a step is there whole, or it is passed over.

Every process holds the same state, so each writes a share of it. State is copied to buffers in main memory, for which
training waits; a thread writes them. The first process renames the folder when the shares of all are there.
"""

import json
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
import torch.distributed as dist

from workloads.training.app import parts
from workloads.training.app.parts import Parts

KEPT = 2
MANIFEST = "manifest.json"
_DONE = "done-{rank}.json"
_LOOK_SECONDS = 0.1


class Checkpoints:
    """The checkpoints of one model and its optimizer. All processes make it, and call it, together."""

    def __init__(self, folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self._folder = folder
        self._model = model
        self._optimizer = optimizer
        self._rank, self._world = dist.get_rank(), dist.get_world_size()
        self._parts: Parts | None = None
        self._writer: threading.Thread | None = None
        self._error: BaseException | None = None

    def latest(self) -> int:
        """The newest step whose every byte is as it was written; 0 where there is none.

        One that is damaged is moved aside, for whoever looks for the cause.
        """
        for step in self._agreed(sorted(_steps(self._folder), reverse=True)):
            path = self._folder / f"step-{step}"
            if self._whole(path):
                return step
            if self._rank == 0:
                print(f"train: the checkpoint of step {step} is damaged, an earlier one is taken", flush=True)
                _replace(path, self._folder / f"damaged-{step}")
            dist.barrier()
        return 0

    def load(self, step: int) -> None:
        """Sets model and optimizer to what they were after a step."""
        path = self._folder / f"step-{step}"
        parts.load([path / name for name in sorted(_named(path) or {})], self._model, self._optimizer)

    def prepare(self) -> Parts:
        """Makes the buffers, which takes seconds for a large model; after the first step, which makes the optimizer's state."""
        if self._parts is None:
            self._parts = Parts(self._model, self._optimizer, self._rank, self._world)
        return self._parts

    def save(self, step: int) -> None:
        """Copies this process's share of the state and lets a thread write it; waits for the save before, if any."""
        self.wait()
        own = self.prepare()
        own.copy()
        self._writer = threading.Thread(target=self._write, args=(own, step), name="checkpoint", daemon=True)
        self._writer.start()

    def wait(self) -> None:
        """Waits for the save in flight. Raises what ended it, where it did not end well."""
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        self.check()

    def check(self) -> None:
        """Raises what ended the last save, where it did not end well."""
        if self._error is not None:
            raise self._error

    def _write(self, own: Parts, step: int) -> None:
        partial = self._folder / f"partial-{step}"
        try:
            partial.mkdir(exist_ok=True)
            digests = own.write(partial)
            _put(partial / _DONE.format(rank=self._rank), digests)
            if self._rank == 0:
                self._complete(partial, step)
        except BaseException as error:
            self._error = error

    def _complete(self, partial: Path, step: int) -> None:
        """Waits for the shares of all processes, names every file of them in one place, and makes the step stand."""
        files: dict[str, str] = {}
        for rank in range(self._world):
            done = partial / _DONE.format(rank=rank)
            # Another process that ends takes this one with it: nobody is waited for who will not come.
            while not done.exists():
                time.sleep(_LOOK_SECONDS)
            files |= cast(Mapping[str, str], json.loads(done.read_text()))
            done.unlink()
        _put(partial / MANIFEST, files)
        _replace(partial, self._folder / f"step-{step}")
        for old in sorted(_steps(self._folder))[:-KEPT]:
            shutil.rmtree(self._folder / f"step-{old}")

    def _whole(self, step: Path) -> bool:
        """Whether every file has its digest; each process reads its share, and all of them answer the same."""
        named = _named(step)
        share = sorted(named or {})[self._rank :: self._world]
        good = named is not None and all(parts.digest(step / name) == named[name] for name in share)
        agreed = torch.tensor(int(good))
        dist.all_reduce(agreed, op=dist.ReduceOp.MIN)
        return bool(agreed.item())

    def _agreed(self, steps: list[int]) -> list[int]:
        """What rank 0 found: another rank may look when the folder has changed."""
        shared: list[object] = [steps]
        dist.broadcast_object_list(shared)
        return cast(list[int], shared[0])


def discard_partial(folder: Path) -> None:
    """Removes what an attempt that was killed while it saved left behind. Rank 0 alone calls it."""
    for path in folder.glob("partial-*"):
        shutil.rmtree(path)


def _named(step: Path) -> dict[str, str] | None:
    """The digests of all files of a step, by name; None where they cannot be read."""
    try:
        found: object = json.loads((step / MANIFEST).read_text())
    except (FileNotFoundError, ValueError):
        return None
    named = cast(dict[str, object], found) if isinstance(found, dict) else {}
    return {name: str(value) for name, value in named.items()} or None


def _put(path: Path, content: Mapping[str, str]) -> None:
    """Writes a file that another process reads as soon as it has its name."""
    aside = path.with_suffix(".writing")
    aside.write_text(json.dumps(content))
    aside.replace(path)


def _replace(path: Path, target: Path) -> None:
    """Renames a folder; one that already has the name, of an earlier attempt, gives way."""
    if target.exists():
        shutil.rmtree(target)
    path.rename(target)


def _steps(folder: Path) -> list[int]:
    numbers = (path.name.removeprefix("step-") for path in folder.glob("step-*"))
    return [int(number) for number in numbers if number.isdecimal()]
