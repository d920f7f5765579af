"""The account of a step's memory, held to what was measured on an H200, and what a preview refuses by it."""

from dataclasses import replace

import pytest

from workloads.plan import recipe_of
from workloads.training.memory import peak_gib, violations_of_memory

PRODUCTION = recipe_of("production", "")


@pytest.mark.parametrize(("sequences", "measured"), [(4, 58.5), (4, 63.0), (8, 101.0)])
def test_the_account_is_within_a_tenth_of_what_was_measured(sequences: int, measured: float) -> None:
    assert abs(peak_gib(replace(PRODUCTION.train, micro_batch=sequences)) / measured - 1) < 0.1


def test_the_production_recipe_ran_out_of_memory() -> None:
    assert violations_of_memory(PRODUCTION, 80) == ()
    (violation,) = violations_of_memory(replace(PRODUCTION, train=replace(PRODUCTION.train, micro_batch=8)), 80)
    assert str(violation).startswith("train.micro_batch = 8: ")
    assert violation.remedy == "set 4"


def test_a_model_that_no_micro_batch_fits_is_named_by_what_to_change() -> None:
    wide = replace(PRODUCTION, train=replace(PRODUCTION.train, hidden=8192, intermediate=22528))
    assert violations_of_memory(wide, 80)[0].path == "train.hidden"


def test_training_on_processors_is_not_compared_with_a_card() -> None:
    assert violations_of_memory(recipe_of("lab", ""), 1) == ()
