"""Recipes: what is right passes, what is wrong is named by key, value and rule, all of it at once."""

import copy
import math
from pathlib import Path
from typing import cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.violations import SpecError
from workloads.images import Images
from workloads.plan import RECIPES, recipe_of
from workloads.recipe import Recipe

Document = dict[str, dict[str, object]]


def lab() -> Document:
    return cast("Document", yaml.safe_load((RECIPES / "lab.yaml").read_text()))


def changed(section: str, key: str, value: object) -> Document:
    document = copy.deepcopy(lab())
    document[section][key] = value
    return document


def refused(document: object) -> str:
    with pytest.raises(SpecError) as caught:
        Recipe.parse(document)
    return str(caught.value)


@pytest.mark.parametrize("name", ["lab", "production"])
def test_our_own_recipes_pass(name: str) -> None:
    assert recipe_of(name, "").train.steps > 0


@pytest.mark.parametrize("rate", [0, -0.1, math.nan, math.inf, 2, "0.1", None, True])
def test_a_learning_rate_that_cannot_be_is_named(rate: object) -> None:
    assert "train.learning_rate" in refused(changed("train", "learning_rate", rate))


@given(st.one_of(st.integers(max_value=0), st.floats(), st.text(), st.none(), st.booleans()))
def test_a_count_is_a_whole_positive_number(value: object) -> None:
    output = refused(changed("train", "steps", value))
    assert "train.steps" in output
    assert "whole number" in output


@pytest.mark.parametrize("source", ["", "folder", "/etc", "s3:/x", "ftp://host/x", [], ["/folder"], "/data/{{x}}"])
def test_a_source_that_cannot_be_is_named(source: object) -> None:
    assert "ingest.source" in refused(changed("ingest", "source", source))


def test_all_faults_are_said_at_once() -> None:
    document = changed("train", "learning_rate", 0)
    document["clean"]["held_out"] = 1
    del document["evaluate"]["max_tokens"]
    document["register"]["nmae"] = "x"
    output = refused(document)
    assert all(
        path in output for path in ("train.learning_rate", "clean.held_out", "evaluate.max_tokens", "register.nmae")
    )


def test_a_recipe_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(SpecError, match="lab, production"):
        recipe_of("labb", "")


def test_images_are_named_by_digest(tmp_path: Path) -> None:
    lock = tmp_path / "images.json"
    with pytest.raises(SpecError, match="imagesLock"):
        Images.read(lock)
    lock.write_text('{"workloads": "image:latest", "environment": ""}')
    with pytest.raises(SpecError, match="image:latest"):
        Images.read(lock)
