"""The factory's training loop against a bare torch loop of the same model, data and batch, in one pod of a running lab."""

import json
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

from benchmarks.factory import Factory
from benchmarks.figures import Goal, numbers
from benchmarks.record import Failed, Record
from host.documents import Values, mapping, text
from workloads.plan import recipe_of
from workloads.recipe import Recipe
from workloads.render import pod
from workloads.spec import Mount, Program

SCRIPT = Path(__file__).parent / "pods" / "training.py"
PAIRS = 5
# One checkpoint in so many steps; a whole run of the lab's recipe saves three in 200.
STEPS = 60
CORPUS_BYTES = 4 << 20
GOAL = Goal("at least", 0.97)
# Seconds after which the pod ends by itself, whatever became of who made it.
PATIENCE = 3000
LABEL = "aifactory/bench"
# The same sums in another order end in slightly another loss; other data or another model in quite another.
SAME_LOSS = 0.01


def measure(record: Record) -> None:
    """Trains on both sides in turns, in a pod like the training stage's own."""
    factory = Factory.running()
    recipe = recipe_of("lab", "")
    train = replace(recipe.train, steps=STEPS)
    if record.quick:
        train = replace(train, steps=4, checkpoint_every=2)
    pairs = 1 if record.quick else PAIRS
    record.parameters |= {
        "layers": train.layers,
        "hidden": train.hidden,
        "vocab": train.vocab,
        "batch": train.batch,
        "context": train.context,
        "steps": train.steps,
        "checkpoint every": f"{train.checkpoint_every} steps",
        "cores of the pod": recipe.resources["train"].cpu,
        "pairs": pairs,
    }
    record.notes.append(
        "One process, gloo, world size 1. The bare loop has the same model, seed, optimizer, clipping, schedule and sequences; no "
        "DistributedDataParallel, no checkpoints, no lines of progress."
    )
    record.compare("tokens/s", "ours", "bare", GOAL)
    asked = json.dumps({"train": asdict(train), "pairs": pairs, "corpus_bytes": CORPUS_BYTES})
    losses: dict[str, float] = {}
    with _pod(factory, recipe) as name, factory.script([name], SCRIPT, asked, limit=PATIENCE) as lines:
        for line in lines:
            if not line.startswith("{"):
                record.say(f"    {line.rstrip()}")
                continue
            found = mapping(cast("object", json.loads(line)))
            side = text(found.get("side"))
            speed, loss = numbers([found.get("tokens_per_second"), found.get("loss")])
            record.add(side, speed, "tokens/s")
            losses[side] = loss
    record.parameters["last loss"] = f"{losses.get('ours', 0):.4f} and {losses.get('bare', 0):.4f}"
    if abs(losses["ours"] - losses["bare"]) > SAME_LOSS * losses["bare"]:
        raise Failed(f"the two sides did not do the same: their last losses are {losses}")


@contextmanager
def _pod(factory: Factory, recipe: Recipe) -> Generator[str]:
    """A pod with what a training pod has, that waits for scripts; gone with the block."""
    name = f"bench-training-{secrets.token_hex(3)}"
    # What an earlier benchmark left that was killed: such a pod has ended by itself.
    factory.ask("delete", "pods", "--selector", LABEL, "--field-selector", "status.phase=Failed", "--ignore-not-found")
    try:
        factory.ask("create", "--filename", "-", given=json.dumps(manifest(name, factory.image, recipe)))
        factory.ask("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=180s")
        yield name
    finally:
        factory.ask("delete", "pod", name, "--ignore-not-found", "--now")


def manifest(name: str, image: str, recipe: Recipe) -> Values:
    """The pod: the stage's image, limits and security, and no store, no account and no claim."""
    program = Program(
        name="main",
        image=image,
        command=("python3", "-c", "import signal; signal.pause()"),
        resources=recipe.resources["train"],
        mounts=(Mount(name="memory", path="/dev/shm", source="memory"),),
    )
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {LABEL: "training"}},
        "spec": {
            **pod([program], account="default"),
            "restartPolicy": "Never",
            "activeDeadlineSeconds": PATIENCE,
        },
    }
