# pyright: basic, reportMissingImports=false
"""Run in a pod of the lab's image: the factory's training loop and a bare one of the same model, data and batch, in turns.

`python3 - '{"train": {…}, "pairs": 5, "corpus_bytes": 4194304}'`, where `train` is that section of a recipe. Prints a line of
JSON for each run, beside what the loop itself says. Needs no store: tokenizer and tokens are made here.
"""

import gc
import json
import shutil
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import cast

import torch
import torch.distributed as dist
from tokenizers import Tokenizer

from workloads.stage.app.attempt import Attempt
from workloads.stage.app.manifest import StoredObject
from workloads.stage.app.spec import Section, StageSpec
from workloads.stage.app.store import Store
from workloads.training.app import data, model
from workloads.training.app.loop import Plan, steps


class Unstored(Attempt):
    """An attempt that measures and puts nothing anywhere."""

    def __init__(self, recipe: Section, folder: Path) -> None:
        spec = StageSpec(
            stage="train", key="bench", run="", inputs={}, recipe=recipe, code="", environment="", image=""
        )
        super().__init__(spec, cast("Store", None), folder)

    def put(self, name: str, content: Path) -> StoredObject:
        return StoredObject(name=name, object=name, sha256="", size=content.stat().st_size)


def main() -> None:
    asked = json.loads(sys.argv[1])
    recipe = Section(stage="train", values=asked["train"])
    # As short as it can be with a checkpoint in it, so that everything was once done before anything is timed.
    short = Section(stage="train", values={**asked["train"], "steps": 3, "checkpoint_every": 2})
    # One process needs no port to meet the others at.
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    with tempfile.TemporaryDirectory() as name:
        prepared = Path(name, "prepared")
        prepare(prepared, recipe, asked["corpus_bytes"])
        for side in SIDES:
            SIDES[side](short, prepared)
        print("both sides ran once, not counted", flush=True)
        for pair in range(asked["pairs"]):
            for side in SIDES if pair % 2 == 0 else reversed(SIDES):
                # What the other side left is gone before the clock starts.
                gc.collect()
                speed, loss = SIDES[side](recipe, prepared)
                print(json.dumps({"pair": pair, "side": side, "tokens_per_second": speed, "loss": loss}), flush=True)
    dist.destroy_process_group()


def prepare(folder: Path, recipe: Section, most: int) -> None:
    """A tokenizer and the tokens of the standard library's own sources, as the loop finds them after its first start."""
    folder.mkdir()
    texts, size = [], 0
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        texts.append(text)
        size += len(text)
        if size >= most:
            break
    tokenizer = model.train_tokenizer(iter(texts), recipe.whole("vocab"))
    tokenizer.save(str(folder / "tokenizer.json"))
    count = data.write(model.tokens(tokenizer, texts), folder / "tokens.bin")
    print(f"{count:,} tokens of {len(texts)} files", flush=True)


def ours(recipe: Section, prepared: Path) -> tuple[float, float]:
    """The factory's loop, with its checkpoints; tokens a second as it measures them itself, and the last loss."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "checkpoints")
        shutil.copytree(prepared, folder)
        metrics = steps(Unstored(recipe, Path(name)), folder)
    # None is for the other ranks, of which there are none here.
    assert metrics is not None
    return float(str(metrics["tokens_per_second"])), float(str(metrics["loss"]))


def bare(recipe: Section, prepared: Path) -> tuple[float, float]:
    """What one writes down without a factory: forward, backward, step."""
    plan = Plan.read(recipe, 1)
    tokenizer = Tokenizer.from_file(str(prepared / "tokenizer.json"))
    row = data.read(prepared / "tokens.bin")
    llama = model.untrained(model.config(recipe, tokenizer), plan.seed)
    optimizer = torch.optim.AdamW(llama.parameters(), lr=plan.learning_rate, betas=(0.9, 0.95), weight_decay=0.1)
    offsets = torch.arange(plan.context + 1)
    loss = torch.zeros(())
    started = time.monotonic()
    for step in range(1, plan.steps + 1):
        optimizer.param_groups[0]["lr"] = plan.rate(step)
        # The same sequences as `data.batch` takes.
        generator = torch.Generator().manual_seed(plan.seed * 1_000_003 + step)
        starts = torch.randint(0, len(row) - plan.context, (plan.batch,), generator=generator)
        sequences = row[starts[:, None] + offsets].long()
        logits = llama(input_ids=sequences[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), sequences[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(llama.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    seconds = time.monotonic() - started
    return plan.steps * plan.batch * plan.context / seconds, loss.item()


SIDES = {"ours": ours, "bare": bare}

if __name__ == "__main__":
    main()
