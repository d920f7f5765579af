"""What the processes of all nodes do together, and by which network."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

import torch
import torch.distributed as dist

GPU_BYTES = 1 << 30
CPU_BYTES = 1 << 24
REPEATS = 10
# NCCL's own line for each connection: `Channel 00/0 : 0[0] -> 8[0] [send] via NET/OFI/0/GDRDMA`, and for what it chose:
# `Using network Libfabric`, `Using network Socket`.
_VIA = re.compile(r"\bvia (NET/[A-Za-z]+)")
_USING = re.compile(r"\bUsing network (\w+)")
_NAMED = {"Socket": "NET/Socket", "IB": "NET/IB"}


def all_reduce() -> float:
    """Bus bandwidth in GB/s, as nccl-tests count it: what each link carries, whatever the number of processes."""
    world = dist.get_world_size()
    if world < 2:
        return 0.0
    cuda = torch.cuda.is_available()
    size = GPU_BYTES if cuda else CPU_BYTES
    tensor = torch.ones(size // 4, dtype=torch.float32, device="cuda" if cuda else "cpu")
    for _ in range(3):
        dist.all_reduce(tensor)
    _wait(cuda)
    started = time.perf_counter()
    for _ in range(REPEATS):
        dist.all_reduce(tensor)
    _wait(cuda)
    seconds = (time.perf_counter() - started) / REPEATS
    return size / seconds / 1e9 * 2 * (world - 1) / world


def is_summed() -> bool:
    """Whether a sum over all processes is right: a damaged link may be fast."""
    rank, world = dist.get_rank(), dist.get_world_size()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tensor = torch.full((1 << 16,), float(rank + 1), dtype=torch.float64, device=device)
    dist.all_reduce(tensor)
    return bool((tensor == world * (world + 1) / 2).all().item())


def transports(logs: Iterable[Path]) -> list[str]:
    """What NCCL sends by between nodes, from its logs; empty where it says nothing."""
    found: set[str] = set()
    for log in logs:
        text = log.read_text(errors="replace")
        found.update(match[1] for match in _VIA.finditer(text))
        found.update(_NAMED.get(match[1], f"NET/{match[1]}") for match in _USING.finditer(text))
    return sorted(found)


def _wait(cuda: bool) -> None:
    if cuda:
        torch.cuda.synchronize()
    dist.barrier()
