"""Checkpoints in a folder that all pods share: a step is there whole, or it is not there."""

import re
import shutil
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

_STEP = re.compile(r"step-(\d+)")
KEPT = 2


def latest(folder: Path) -> int:
    """The newest whole step; 0 where there is none."""
    return max((int(found[1]) for path in folder.iterdir() if (found := _STEP.fullmatch(path.name))), default=0)


def save(folder: Path, step: int, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Every rank writes its part aside; the rename, after all of them, is what makes the step stand."""
    weights, moments = get_state_dict(model, optimizer)
    partial = folder / f"partial-{step}"
    dcp.save({"model": weights, "optimizer": moments}, checkpoint_id=partial)
    dist.barrier()
    if dist.get_rank() == 0:
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


def _prune(folder: Path) -> None:
    steps = sorted(int(found[1]) for path in folder.iterdir() if (found := _STEP.fullmatch(path.name)))
    for step in steps[:-KEPT]:
        shutil.rmtree(folder / f"step-{step}")
