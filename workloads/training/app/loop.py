"""The training loop, from the first token to the last weight: every rank runs it, gradients averaged over gloo or NCCL."""

import math
import shutil
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Self

import torch
import torch.distributed as dist
from tokenizers import Tokenizer
from torch.nn.parallel import DistributedDataParallel

from workloads.stage.app.attempt import Attempt, Metrics, say
from workloads.stage.app.documents import texts
from workloads.stage.app.fault import StageFault
from workloads.stage.app.spec import Section
from workloads.stage.app.store import environment
from workloads.training.app import checkpoint, data, model

SAY_EVERY_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The numbers of a recipe that the loop reads."""

    steps: int
    batch: int
    """Sequences a step, over all pods."""
    context: int
    learning_rate: float
    warmup: int
    seed: int
    checkpoint_every: int

    @classmethod
    def read(cls, recipe: Section, world: int) -> Self:
        batch = recipe.whole("batch")
        if batch % world:
            raise StageFault(
                "recipe.train.batch", batch, f"can be shared by {world} pods", f"set a multiple of {world}"
            )
        return cls(
            steps=recipe.whole("steps"),
            batch=batch,
            context=recipe.whole("context"),
            learning_rate=recipe.number("learning_rate"),
            warmup=recipe.whole("warmup"),
            seed=recipe.whole("seed"),
            checkpoint_every=recipe.whole("checkpoint_every"),
        )

    def rate(self, step: int) -> float:
        """The learning rate of a step from 1: up over the warmup, then down a cosine to a tenth."""
        if step <= self.warmup:
            return self.learning_rate * step / self.warmup
        share = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.learning_rate * (0.1 + 0.45 * (1 + math.cos(math.pi * share)))


def train(attempt: Attempt) -> Metrics | None:
    """This rank's part of the work; torchrun's environment says which rank that is."""
    # What ranks tell each other of checkpoints is small and on the CPU.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, timeout=timedelta(minutes=10))
    try:
        return steps(attempt, Path(environment("CHECKPOINT_DIR"), attempt.spec.key))
    finally:
        dist.destroy_process_group()


def steps(attempt: Attempt, folder: Path) -> Metrics | None:
    """Trains from the newest checkpoint in `folder` on, and puts the model; None on every rank but the first."""
    rank, world = dist.get_rank(), dist.get_world_size()
    recipe = attempt.spec.recipe
    plan = Plan.read(recipe, world)
    if rank == 0:
        _prepare(attempt, folder, recipe.whole("vocab"))
    dist.barrier()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    row = data.read(folder / "tokens.bin")
    if len(row) <= plan.context:
        remedy = "give a larger corpus or set a smaller context"
        raise StageFault(
            "recipe.train.context", plan.context, f"is less than the corpus has tokens ({len(row)})", remedy
        )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    llama = model.untrained(model.config(recipe, tokenizer), plan.seed).to(device)
    optimizer = torch.optim.AdamW(llama.parameters(), lr=plan.learning_rate, betas=(0.9, 0.95), weight_decay=0.1)
    parallel = DistributedDataParallel(llama)
    first = checkpoint.latest(folder)
    if first:
        checkpoint.load(folder, first, parallel, optimizer)
    if rank == 0:
        begun = f"resumes after step {first}" if first else "begins"
        say(f"train: {model.parameters(llama):,} parameters, {len(row):,} tokens, {world} processes, {begun}")
    started, said = time.monotonic(), 0.0
    loss = torch.zeros((), device=device)
    for step in range(first + 1, plan.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate(step)
        sequences = data.batch(
            row, seed=plan.seed, step=step, size=plan.batch, context=plan.context, rank=rank, world=world
        ).to(device)
        logits = parallel(input_ids=sequences[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), sequences[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(llama.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % plan.checkpoint_every == 0 and step < plan.steps:
            checkpoint.save(folder, step, parallel, optimizer)
        passed = time.monotonic() - started
        if rank == 0 and (passed - said > SAY_EVERY_SECONDS or step == plan.steps):
            said = passed
            speed = (step - first) * plan.batch * plan.context / passed
            say(
                f"train: step {step}/{plan.steps} loss {loss.item():.4f} rate {plan.rate(step):.2e} {speed:,.0f} tokens/s"
            )
    seconds = time.monotonic() - started
    if not math.isfinite(loss.item()):
        remedy = "set a lower learning rate"
        raise StageFault("recipe.train.learning_rate", plan.learning_rate, "lets the loss stay a number", remedy)
    dist.all_reduce(loss, op=dist.ReduceOp.SUM)
    # Every rank must be past its last read of the folder before rank 0 removes it.
    dist.barrier()
    if rank != 0:
        return None
    output = attempt.folder / "model"
    for path in model.save(llama, tokenizer, output):
        attempt.put(path.name, path)
    shutil.rmtree(folder)
    return {
        "parameters": model.parameters(llama),
        "tokens": len(row),
        "steps": plan.steps,
        "resumed_after": first,
        "loss": round(loss.item() / world, 6),
        "tokens_per_second": round((plan.steps - first) * plan.batch * plan.context / seconds)
        if plan.steps > first
        else 0,
        "seconds": round(seconds, 1),
        "processes": world,
    }


def _prepare(attempt: Attempt, folder: Path, vocab: int) -> None:
    """Tokenizer and tokens, once for all pods and all restarts; each is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint.discard_partial(folder)
    path = folder / "tokenizer.json"
    if path.exists() and (folder / "tokens.bin").exists():
        return
    parts = [attempt.fetch(item) for item in attempt.input("clean").objects if item.name.startswith("train-")]
    if not path.exists():
        say(f"train: makes a tokenizer of at most {vocab} tokens")
        corpus = chain.from_iterable(texts(part) for part in parts)
        partial = path.with_suffix(".partial")
        model.train_tokenizer((text.text for text in corpus), vocab).save(str(partial))
        partial.replace(path)
    corpus = chain.from_iterable(texts(part) for part in parts)
    rows = model.tokens(Tokenizer.from_file(str(path)), (text.text for text in corpus))
    say(f"train: {data.write(rows, folder / 'tokens.bin'):,} tokens")
