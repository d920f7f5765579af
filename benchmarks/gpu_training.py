"""The product's training step on a GPU, beside a tuned loop and the loop as it was: `python -m benchmarks.gpu_training`.

Needs torch, transformers, tokenizers and safetensors, no store and no network; takes less than 200 seconds. Prints the card,
its ceilings, tokens a second, MFU, peak memory and for how long a checkpoint stops training; the last line is JSON. Where
there is no GPU it says so and ends; `--tiny` runs everything with a small model on the CPU, to see that it works.
"""

import argparse
import gc
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.distributed as dist
import transformers
from torch._C._distributed_c10d import HashStore
from transformers import LlamaConfig, LlamaForCausalLM

from workloads.training.app.checkpoint import Checkpoints
from workloads.training.app.step import Precision, Step, adamw, compile_layers

PEAK_FLOPS = 989e12
"""bf16 products a second without sparsity of an H100 or H200 (SXM), by its data sheet: what MFU is a share of."""
PATIENCE = 200.0
RATE = 3e-4
GIB = 1 << 30
MEMORY_DISK = Path("/dev/shm")


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """What is measured: a model and a share of a batch."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    vocab: int
    context: int
    micro_batch: int
    steps: int
    """Timed steps a way."""
    square: int
    """Side of the matrices of the ceilings."""

    def config(self) -> LlamaConfig:
        return LlamaConfig(
            vocab_size=self.vocab,
            hidden_size=self.hidden,
            intermediate_size=self.intermediate,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            max_position_embeddings=self.context,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=1,
        )

    def flops(self, parameters: int) -> int:
        """Floating-point operations a token, forward and backward."""
        return 6 * parameters + 12 * self.layers * self.hidden * self.context


# The model of workloads/pipeline/recipes/production.yaml.
PRODUCTION = Size(
    layers=24,
    hidden=2048,
    intermediate=5632,
    heads=16,
    kv_heads=8,
    vocab=32768,
    context=4096,
    micro_batch=4,
    steps=12,
    square=8192,
)
TINY = Size(
    layers=2,
    hidden=64,
    intermediate=176,
    heads=4,
    kv_heads=2,
    vocab=512,
    context=64,
    micro_batch=4,
    steps=3,
    square=256,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One way to train."""

    way: str
    sequences: int
    """A step."""
    first_seconds: float
    """The first step, in which layers are compiled."""
    tokens_per_second: float
    mfu: float
    peak_gib: float
    loss: float


class Bench:
    """One device and one size; every way starts from the same weights."""

    def __init__(self, size: Size, device: torch.device) -> None:
        self.size, self.device = size, device
        with torch.device("meta"):
            self.parameters = sum(parameter.numel() for parameter in LlamaForCausalLM(size.config()).parameters())

    def model(self) -> LlamaForCausalLM:
        torch.manual_seed(17)
        with self.device:
            return LlamaForCausalLM(self.size.config())

    def sequences(self, count: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(17)
        return torch.randint(0, self.size.vocab, (count, self.size.context + 1), generator=generator)

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def clear(self) -> None:
        gc.collect()
        torch.compiler.reset()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def peak(self) -> float:
        return torch.cuda.max_memory_allocated() / GIB if self.device.type == "cuda" else 0.0

    def timed(self, way: str, take: Callable[[torch.Tensor], float], sequences: int, steps: int) -> Measured:
        """Times `take`, which trains on sequences and returns their loss."""
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        given = self.sequences(sequences)
        self.wait()
        started = time.monotonic()
        take(given)
        self.wait()
        first = time.monotonic() - started
        take(given)
        self.wait()
        started, loss = time.monotonic(), 0.0
        for _ in range(steps):
            loss = take(given)
        self.wait()
        speed = steps * sequences * self.size.context / (time.monotonic() - started)
        share = speed * self.size.flops(self.parameters) / PEAK_FLOPS
        found = Measured(
            way=way,
            sequences=sequences,
            first_seconds=round(first, 2),
            tokens_per_second=round(speed),
            mfu=round(share, 4),
            peak_gib=round(self.peak(), 2),
            loss=round(loss, 4),
        )
        print(
            f"{way:34} {sequences:3} sequences  {speed:10,.0f} tokens/s  MFU {share:6.1%}  peak {found.peak_gib:6.2f} GiB  "
            f"first step {first:5.1f} s  loss {loss:.4f}",
            flush=True,
        )
        return found


def product(bench: Bench, precision: Precision) -> Step:
    """What the training stage makes of a recipe."""
    llama = bench.model()
    optimizer = adamw(llama, RATE)
    if bench.device.type == "cuda" and not compile_layers(llama):
        print("no C compiler: the product's layers are not compiled", flush=True)
    return Step(llama, optimizer, micro_batch=bench.size.micro_batch, precision=precision)


def peer(bench: Bench) -> Callable[[torch.Tensor], float]:
    """A tuned loop as one writes it down without a factory: bf16 autocast, no cache, compiled layers, fused AdamW."""
    llama = bench.model()
    cuda = bench.device.type == "cuda"
    optimizer = torch.optim.AdamW(llama.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=0.1, fused=cuda)
    if cuda:
        for layer in llama.model.layers:
            layer.compile()

    def take(sequences: torch.Tensor) -> float:
        sequences = sequences.to(bench.device)
        with torch.autocast(bench.device.type, torch.bfloat16):
            logits = llama(input_ids=sequences[:, :-1], use_cache=False).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), sequences[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(llama.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    return take


def before(bench: Bench) -> Callable[[torch.Tensor], float]:
    """The product's loop until it had precisions: fp32, the model's default cache, AdamW in parts, DistributedDataParallel."""
    llama = bench.model()
    optimizer = torch.optim.AdamW(llama.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=0.1)
    parallel = torch.nn.parallel.DistributedDataParallel(llama)

    def take(sequences: torch.Tensor) -> float:
        sequences = sequences.to(bench.device)
        logits = parallel(input_ids=sequences[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), sequences[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(llama.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    return take


def checkpoints(bench: Bench, step: Step, folder: Path) -> dict[str, float]:
    """For how long saves stop training, until they stand whole, and what training loses meanwhile."""
    # Two saves stand at once.
    needed = 2 * 12 * bench.parameters + GIB // 8
    if shutil.disk_usage(folder).free < needed:
        print(f"checkpoints: {folder} has not {needed / GIB:.0f} GiB free, not measured", flush=True)
        return {}
    given = bench.sequences(bench.size.micro_batch)
    saves = Checkpoints(folder, step.llama, step.optimizer)
    bench.wait()
    started = time.monotonic()
    saves.prepare()
    prepared = time.monotonic() - started
    stalls: list[float] = []
    wholes: list[float] = []
    slowed: list[float] = []
    for number in (1, 2):
        bench.wait()
        started = time.monotonic()
        saves.save(number)
        bench.wait()
        stalls.append(time.monotonic() - started)
        stepped = time.monotonic()
        for _ in range(bench.size.steps):
            step.take(given, RATE)
        bench.wait()
        slowed.append(bench.size.steps * given.shape[0] * bench.size.context / (time.monotonic() - stepped))
        saves.wait()
        wholes.append(time.monotonic() - started)
    started = time.monotonic()
    newest = saves.latest()
    checked = time.monotonic() - started
    started = time.monotonic()
    saves.load(newest)
    bench.wait()
    found = {
        "buffers_seconds": prepared,
        "stall_seconds": max(stalls),
        "whole_after_seconds": max(wholes),
        "tokens_per_second_meanwhile": min(slowed),
        "verify_seconds": checked,
        "load_seconds": time.monotonic() - started,
        "gib": 12 * bench.parameters / GIB,
    }
    print(
        f"checkpoint of {found['gib']:.1f} GiB to {folder}: stops training for {', '.join(f'{one:.2f}' for one in stalls)} s, "
        f"whole after {', '.join(f'{one:.1f}' for one in wholes)} s, {found['tokens_per_second_meanwhile']:,.0f} tokens/s "
        f"meanwhile; buffers made once in {prepared:.1f} s; verified in {checked:.1f} s, loaded in {found['load_seconds']:.1f} s",
        flush=True,
    )
    return {name: round(value, 3) for name, value in found.items()}


def ceilings(bench: Bench) -> dict[str, float]:
    """What the device reaches at most, in TFLOP/s and GB/s."""
    side = bench.size.square

    def rate(work: Callable[[], object], amount: float) -> float:
        for _ in range(3):
            work()
        bench.wait()
        started = time.monotonic()
        for _ in range(10):
            work()
        bench.wait()
        return round(10 * amount / (time.monotonic() - started), 1)

    left, right = (torch.randn(side, side, device=bench.device, dtype=torch.bfloat16) for _ in range(2))
    full, other = left.float(), right.float()
    block = torch.empty(64 * side * side // 2, dtype=torch.uint8, device=bench.device)
    target = torch.empty_like(block)
    found = {
        "bf16_tflops": rate(lambda: left @ right, 2e-12 * side**3),
        "fp32_tflops": rate(lambda: full @ other, 2e-12 * side**3),
        "memory_gb_per_second": rate(lambda: target.copy_(block), 2e-9 * block.nbytes),
    }
    if bench.device.type == "cuda":
        host = torch.empty(block.nbytes // 2, dtype=torch.uint8, pin_memory=True)
        found["to_host_gb_per_second"] = rate(
            lambda: host.copy_(block[: host.nbytes], non_blocking=True), 1e-9 * host.nbytes
        )
    print("ceilings: " + ", ".join(f"{name} {value:,.1f}" for name, value in found.items()), flush=True)
    return found


def measure_product(bench: Bench, folder: Path) -> tuple[list[Measured], dict[str, float]]:
    """The product's step, once a micro-batch and accumulated, and its checkpoints."""
    size, step = bench.size, product(bench, "bfloat16")

    def take(sequences: torch.Tensor) -> float:
        return step.take(sequences, RATE)

    plain = bench.timed("product, bfloat16", take, size.micro_batch, size.steps)
    saved = checkpoints(bench, step, folder)
    twice = bench.timed("product, bfloat16, accumulated", take, 2 * size.micro_batch, max(1, size.steps // 2))
    return [plain, twice], saved


def measure_before(bench: Bench) -> list[Measured]:
    """One sequence at once: two take more than an 80 GiB card has."""
    try:
        return [bench.timed("fp32 as it was", before(bench), 1, 2)]
    except torch.OutOfMemoryError:
        print("fp32 as it was: out of memory", flush=True)
        return []


def measure(bench: Bench, folder: Path) -> dict[str, object]:
    """Everything, each way after the one before has given its memory back."""
    began = time.monotonic()
    limits = ceilings(bench)
    bench.clear()
    ways, saved = measure_product(bench, folder)
    bench.clear()
    ways.append(bench.timed("tuned peer, bfloat16", peer(bench), bench.size.micro_batch, bench.size.steps))
    bench.clear()
    ratio = ways[0].tokens_per_second / ways[-1].tokens_per_second
    if time.monotonic() - began < PATIENCE / 2:
        ways += measure_before(bench)
    print(f"product / tuned peer: {ratio:.3f}; {time.monotonic() - began:.0f} s in all", flush=True)
    return {
        "ceilings": limits,
        "parameters": bench.parameters,
        "flops_per_token": bench.size.flops(bench.parameters),
        "ways": [asdict(one) for one in ways],
        "product_to_peer": round(ratio, 4),
        "checkpoint": saved,
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu_training", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--tiny", action="store_true", help="a small model, on the CPU where there is no GPU")
    arguments = parser.parse_args()
    if not torch.cuda.is_available() and not arguments.tiny:
        print("no GPU: torch finds no cuda device here, nothing is measured (--tiny runs a small model on the CPU)")
        return 0
    device = torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    memory = torch.cuda.get_device_properties(device).total_memory / GIB if device.type == "cuda" else 0.0
    print(f"{card}, {memory:.1f} GiB, torch {torch.__version__}, transformers {transformers.__version__}", flush=True)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=HashStore(), rank=0, world_size=1)
    # A memory disk, so that no disk is measured.
    within = MEMORY_DISK if MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > 32 * GIB else None
    try:
        with tempfile.TemporaryDirectory(prefix="gpu-training-", dir=within) as folder:
            bench = Bench(TINY if arguments.tiny else PRODUCTION, device)
            found = measure(bench, Path(folder))
    finally:
        dist.destroy_process_group()
    print(
        json.dumps(
            {
                "card": card,
                "memory_gib": round(memory, 1),
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                **found,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
