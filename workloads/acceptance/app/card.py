"""What one card does alone: products, copies in its memory, copies from the host."""

import time
from collections.abc import Callable

import torch

SIZE = 8192
"""Of the matrices, as the ceilings were measured by."""
BYTES = 1 << 30
REPEATS = 20


def measure_card() -> dict[str, float]:
    """Of the current CUDA device, by the names of the plan's floors."""
    left, right = (torch.randn(SIZE, SIZE, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    product = torch.empty_like(left)
    seconds = _seconds(lambda: torch.mm(left, right, out=product))
    tflops = 2 * SIZE**3 / seconds / 1e12
    source, target = (torch.empty(BYTES, dtype=torch.uint8, device="cuda") for _ in range(2))
    # Every byte is read once and written once.
    memory = 2 * BYTES / _seconds(lambda: target.copy_(source)) / 1e9
    host = torch.empty(BYTES, dtype=torch.uint8, pin_memory=True)
    # The worse way counts: a link is as wide as it came up both ways.
    link = BYTES / max(
        _seconds(lambda: target.copy_(host, non_blocking=True)), _seconds(lambda: host.copy_(target, non_blocking=True))
    )
    return {"tflops": tflops, "memory_gb_s": memory, "link_gb_s": link / 1e9}


def _seconds(step: Callable[[], object]) -> float:
    """Of one step, when the card is warm."""
    for _ in range(3):
        step()
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(REPEATS):
        step()
    torch.cuda.synchronize()
    return (time.perf_counter() - started) / REPEATS
