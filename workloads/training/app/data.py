"""The train split as one long row of tokens in a file, and the batches that are cut from it."""

import os
from array import array
from collections.abc import Iterable
from pathlib import Path

import torch

_BYTES = 4


def write(rows: Iterable[list[int]], path: Path) -> int:
    """Writes 32-bit tokens; whole or not at all, because another process may be killed and read it later."""
    count = 0
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        for row in rows:
            array("i", row).tofile(file)
            count += len(row)
    os.replace(partial, path)
    return count


def read(path: Path) -> torch.Tensor:
    """The tokens, mapped rather than read: the processes of one machine share the memory."""
    return torch.from_file(str(path), shared=False, size=path.stat().st_size // _BYTES, dtype=torch.int32)


def batch(row: torch.Tensor, *, seed: int, step: int, size: int, context: int, rank: int, world: int) -> torch.Tensor:
    """This rank's sequences of one step: [size / world, context + 1].

    The whole batch follows from seed and step alone: a resumed run, and one on another number of pods, sees the same.
    """
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    starts = torch.randint(0, len(row) - context, (size,), generator=generator).tolist()
    share = size // world
    return torch.stack([row[start : start + context + 1] for start in starts[rank * share : (rank + 1) * share]]).long()
