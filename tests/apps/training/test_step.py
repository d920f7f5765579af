"""A step does what a plain loop does, in micro-batches too, and leaves the weights alone where a loss is no number."""

import math
from pathlib import Path
from typing import cast

import pytest
import torch

from tests.apps.training.processes import alone, llama, sequences, step, together, weights
from workloads.stage.app.error import StageError
from workloads.stage.app.spec import Section
from workloads.training.app.loop import Plan
from workloads.training.app.step import adamw


def test_the_weights_are_bit_for_bit_those_of_the_loop_before_there_were_micro_batches() -> None:
    bare = llama()
    optimizer = adamw(bare, 0.01)
    with alone():
        ours = step()
        for number in range(3):
            given = sequences(number)
            logits = bare(input_ids=given[:, :-1]).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), given[:, 1:].flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(bare.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            assert ours.take(given, 0.01) == loss.item()
    assert torch.equal(weights(bare), weights(ours.llama))


def test_micro_batches_add_up_to_the_same_gradient() -> None:
    with alone():
        whole, split = step(micro_batch=4), step(micro_batch=1)
        losses = [(whole.take(sequences(number), 0.01), split.take(sequences(number), 0.01)) for number in range(3)]
    assert all(math.isclose(left, right, rel_tol=1e-5) for left, right in losses)
    torch.testing.assert_close(weights(whole.llama), weights(split.llama), rtol=1e-3, atol=1e-4)


def test_bfloat16_keeps_weights_and_optimizer_in_float32() -> None:
    with alone():
        full, half = step(), step(precision="bfloat16")
        losses = full.take(sequences(0), 0.01), half.take(sequences(0), 0.01)
    assert math.isclose(*losses, rel_tol=0.02)
    assert {parameter.dtype for parameter in half.llama.parameters()} == {torch.float32}


def spoiled(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
    del module, inputs
    return output * math.nan


def on_one_of_two_processes_the_loss_is_no_number(rank: int, folder: Path) -> tuple[str, bool, float]:
    ours = step()
    mean = ours.take(sequences(rank), 0.01)
    before = weights(ours.llama)
    if rank == 1:
        ours.llama.lm_head.register_forward_hook(spoiled)
    try:
        ours.take(sequences(rank), 0.01)
    except StageError as error:
        return str(error), torch.equal(before, weights(ours.llama)), mean
    return "", False, mean


def test_nan_on_one_rank_ends_all_before_weights_are_nan(tmp_path: Path) -> None:
    found = together(2, tmp_path, on_one_of_two_processes_the_loss_is_no_number)
    (first, same, mean), (second, same_too, mean_too) = cast("list[tuple[str, bool, float]]", found)
    assert first == second
    assert "recipe.train.learning_rate = 0.01" in first
    assert same
    assert same_too
    # What is logged is the mean over ranks, whose sequences differ.
    assert mean == mean_too
    with alone():
        own = [step().take(sequences(rank), 0.01) for rank in (0, 1)]
    assert own[0] != own[1]
    assert math.isclose(mean, sum(own) / 2, rel_tol=1e-6)


def recipe(**changed: object) -> Section:
    values: dict[str, object] = {
        "steps": 1,
        "batch": 16,
        "micro_batch": 4,
        "precision": "float32",
        "context": 16,
        "learning_rate": 0.01,
        "warmup": 0,
        "seed": 1,
        "checkpoint_every": 1,
    }
    return Section(stage="train", values={**values, **changed})


def test_a_batch_that_its_processes_cannot_share_is_named() -> None:
    assert Plan.read(recipe(), 2).micro_batch == 4
    with pytest.raises(StageError, match=r"recipe\.train\.batch = 16.*3 processes.*set a multiple of 12"):
        Plan.read(recipe(), 3)
    with pytest.raises(StageError, match=r"recipe\.train\.precision = 'fp8'"):
        Plan.read(recipe(precision="fp8"), 2)
