"""Checkpoints in a folder that all pods share: a step is there whole, or it is passed over."""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

_STEP = re.compile(r"step-(\d+)")
_DIGESTS = "digests-{rank}.json"
KEPT = 2


def latest(folder: Path) -> int:
    """The newest step whose every byte is as it was written; 0 where there is none. All ranks call it together.

    One that is damaged is moved aside, for whoever looks for the cause.
    """
    for step in _agreed(sorted(_steps(folder), reverse=True)):
        if _whole(folder / f"step-{step}"):
            return step
        if dist.get_rank() == 0:
            print(f"train: the checkpoint of step {step} is damaged, an earlier one is taken", flush=True)
            (folder / f"step-{step}").rename(folder / f"damaged-{step}")
        dist.barrier()
    return 0


def save(folder: Path, step: int, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Every rank writes its part aside; the rename, after all of them, is what makes the step stand."""
    weights, moments = get_state_dict(model, optimizer)
    partial = folder / f"partial-{step}"
    dcp.save({"model": weights, "optimizer": moments}, checkpoint_id=partial)
    rank = dist.get_rank()
    own = [*partial.glob(f"__{rank}_*"), *([partial / ".metadata"] if rank == 0 else [])]
    digests = {path.name: _digest(path) for path in own}
    (partial / _DIGESTS.format(rank=rank)).write_text(json.dumps(digests))
    dist.barrier()
    if rank == 0:
        partial.rename(folder / f"step-{step}")
        _prune(folder)


def load(folder: Path, step: int, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    weights, moments = get_state_dict(model, optimizer)
    state = {"model": weights, "optimizer": moments}
    dcp.load(state, checkpoint_id=folder / f"step-{step}")
    set_state_dict(model, optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"])


def discard_partial(folder: Path) -> None:
    """Removes what an attempt that was killed while it saved left behind. Rank 0 alone calls it."""
    for path in folder.glob("partial-*"):
        shutil.rmtree(path)


def _whole(step: Path) -> bool:
    """Whether every file has its digest; each rank reads its share, and all of them answer the same."""
    named: dict[str, str] = {}
    for path in sorted(step.glob(_DIGESTS.format(rank="*"))):
        try:
            named |= cast(Mapping[str, str], json.loads(path.read_text()))
        except ValueError:
            named[path.name] = "truncated"
    share = sorted(named)[dist.get_rank() :: dist.get_world_size()]
    good = ".metadata" in named and all(_digest(step / name) == named[name] for name in share)
    agreed = torch.tensor(int(good))
    dist.all_reduce(agreed, op=dist.ReduceOp.MIN)
    return bool(agreed.item())


def _agreed(steps: list[int]) -> list[int]:
    """What rank 0 found: another rank may look when the folder has changed."""
    told: list[object] = [steps]
    dist.broadcast_object_list(told)
    return cast(list[int], told[0])


def _digest(path: Path) -> str:
    """SHA-256 of a file; "" where it is gone."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _steps(folder: Path) -> list[int]:
    return [int(found[1]) for path in folder.iterdir() if (found := _STEP.fullmatch(path.name))]


def _prune(folder: Path) -> None:
    for step in sorted(_steps(folder))[:-KEPT]:
        shutil.rmtree(folder / f"step-{step}")
