"""The training loop, from the first token to the last weight: every rank runs it, gradients averaged over gloo or NCCL."""

import math
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Self

import torch
import torch.distributed as dist
from tokenizers import Tokenizer

from workloads.stage.app.attempt import Attempt, Metrics, say
from workloads.stage.app.documents import texts
from workloads.stage.app.error import StageError
from workloads.stage.app.spec import Section
from workloads.stage.app.store import environment
from workloads.training.app import checkpoint, data, model, rendezvous
from workloads.training.app.step import Precision, Step, adamw, compile_layers, device_of_process, precision_of

SAY_EVERY_SECONDS = 5.0
PREPARING_SAY_EVERY_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The numbers of a recipe that the loop reads."""

    steps: int
    batch: int
    """Sequences a step, over all processes."""
    micro_batch: int
    """Sequences that a process computes at once."""
    precision: Precision
    context: int
    learning_rate: float
    warmup: int
    seed: int
    checkpoint_every: int

    @classmethod
    def read(cls, recipe: Section, world: int) -> Self:
        batch, micro_batch = recipe.whole("batch"), recipe.whole("micro_batch")
        if batch % (world * micro_batch):
            raise StageError(
                "recipe.train.batch",
                batch,
                f"is shared evenly by {world} processes in pieces of recipe.train.micro_batch, {micro_batch}",
                f"set a multiple of {world * micro_batch}",
            )
        return cls(
            steps=recipe.whole("steps"),
            batch=batch,
            micro_batch=micro_batch,
            precision=precision_of(recipe.text("precision")),
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
    folder = Path(environment("CHECKPOINT_DIR"), attempt.spec.key)
    vocab = attempt.spec.recipe.whole("vocab")
    with rendezvous.joined(lambda: _prepare(attempt, folder, vocab)):
        return steps(attempt, folder)


def steps(attempt: Attempt, folder: Path) -> Metrics | None:
    """Trains from the newest checkpoint in `folder` on, and puts the model; None on every rank but the first.

    Tokenizer and tokens are in `folder` already.
    """
    rank, world = dist.get_rank(), dist.get_world_size()
    recipe = attempt.spec.recipe
    plan = Plan.read(recipe, world)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    row = data.read(folder / "tokens.bin")
    if len(row) <= plan.context:
        remedy = "give a larger corpus or set a smaller context"
        raise StageError(
            "recipe.train.context", plan.context, f"is less than the corpus has tokens ({len(row)})", remedy
        )
    device = device_of_process()
    llama = model.on_device(model.untrained(model.config(recipe, tokenizer), plan.seed), device)
    optimizer = adamw(llama, plan.learning_rate)
    if device.type == "cuda" and not compile_layers(llama) and rank == 0:
        say("train: no C compiler is installed, layers are not compiled and training is slower")
    step_of = Step(llama, optimizer, micro_batch=plan.micro_batch, precision=plan.precision)
    checkpoints = checkpoint.Checkpoints(folder, llama, optimizer)
    first = checkpoints.latest()
    if first:
        checkpoints.load(first)
    if rank == 0:
        begun = f"resumes after step {first}" if first else "begins"
        say(f"train: {model.parameters(llama):,} parameters, {len(row):,} tokens, {world} processes, {begun}")
    started, message = time.monotonic(), 0.0
    loss = 0.0
    for step in range(first + 1, plan.steps + 1):
        sequences = data.batch(
            row, seed=plan.seed, step=step, size=plan.batch, context=plan.context, rank=rank, world=world
        )
        loss = step_of.take(sequences, plan.rate(step))
        checkpoints.check()
        if step % plan.checkpoint_every == 0 and step < plan.steps:
            checkpoints.save(step)
        elif step == first + 1 and step + plan.checkpoint_every < plan.steps:
            checkpoints.prepare()
        passed = time.monotonic() - started
        if rank == 0 and (passed - message > SAY_EVERY_SECONDS or step == plan.steps):
            message = passed
            speed = (step - first) * plan.batch * plan.context / passed
            say(f"train: step {step}/{plan.steps} loss {loss:.4f} rate {plan.rate(step):.2e} {speed:,.0f} tokens/s")
    seconds = time.monotonic() - started
    checkpoints.wait()
    # Every rank must be past its last read of the folder, and its last write to it, before rank 0 removes it.
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
        "loss": round(loss, 6),
        "tokens_per_second": round((plan.steps - first) * plan.batch * plan.context / seconds)
        if plan.steps > first
        else 0,
        "seconds": round(seconds, 1),
        "processes": world,
        "precision": plan.precision,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
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
    say(f"train: {data.write(_with_progress(rows), folder / 'tokens.bin'):,} tokens")


def _with_progress(rows: Iterable[list[int]]) -> Iterator[list[int]]:
    """The same rows; a line now and then, because a large corpus takes hours."""
    count, documents, message = 0, 0, time.monotonic()
    for row in rows:
        yield row
        count, documents = count + len(row), documents + 1
        if time.monotonic() - message > PREPARING_SAY_EVERY_SECONDS:
            message = time.monotonic()
            say(f"train: {count:,} tokens of {documents:,} documents so far")
