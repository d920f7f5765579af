"""A small model, and bodies of tests that run on several processes, which exchange tensors over gloo."""

import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import torch
import torch.distributed as dist
from torch._C._distributed_c10d import FileStore, HashStore
from transformers import LlamaConfig, LlamaForCausalLM

from workloads.training.app import model
from workloads.training.app.step import Precision, Step, adamw

Body = Callable[[int, Path], object]
CONTEXT = 16
VOCAB = 64


@contextmanager
def alone() -> Generator[None]:
    """This process as a group of one."""
    dist.init_process_group("gloo", store=HashStore(), rank=0, world_size=1)
    try:
        yield
    finally:
        dist.destroy_process_group()


def together(count: int, folder: Path, body: Body) -> list[object]:
    """What `body`, a function of a module, returns on each of `count` processes."""
    context = get_context("spawn")
    results: Queue[tuple[int, object, str]] = context.Queue()
    started = [context.Process(target=_member, args=(rank, count, folder, body, results)) for rank in range(count)]
    for process in started:
        process.start()
    try:
        found = [results.get(timeout=300) for _ in started]
    finally:
        for process in started:
            process.join(timeout=60)
            process.kill()
    assert not [error for _, _, error in found if error]
    return [value for _, value, _ in sorted(found, key=lambda it: it[0])]


def _member(rank: int, count: int, folder: Path, body: Body, results: "Queue[tuple[int, object, str]]") -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", store=FileStore(str(folder / "meeting"), count), rank=rank, world_size=count)
    try:
        results.put((rank, body(rank, folder), ""))
    except BaseException:
        results.put((rank, None, traceback.format_exc()))
    finally:
        dist.destroy_process_group()


def llama() -> LlamaForCausalLM:
    return model.untrained(
        LlamaConfig(
            vocab_size=VOCAB,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=1,
        ),
        seed=17,
    )


def step(micro_batch: int = 4, precision: Precision = "float32") -> Step:
    """A model before its first step."""
    bare = llama()
    return Step(bare, adamw(bare, 0.01), micro_batch=micro_batch, precision=precision)


def sequences(number: int, count: int = 4) -> torch.Tensor:
    return torch.randint(0, VOCAB, (count, CONTEXT + 1), generator=torch.Generator().manual_seed(number))


def weights(module: torch.nn.Module) -> torch.Tensor:
    """Every weight, in one row."""
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()]).clone()
