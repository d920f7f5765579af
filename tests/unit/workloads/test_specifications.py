"""A run's specifications travel as files of a ConfigMap, which has room for every source that a recipe may name."""

import json
from dataclasses import replace
from typing import cast

import pytest
import yaml

from components.violations import SpecError
from tests.unit.workloads.test_workflow import IMAGES, PLACE
from workloads.pipeline.workflow import instructions, job_set, program_of
from workloads.plan import RECIPES, Run
from workloads.recipe import Recipe
from workloads.render import pod
from workloads.source import SOURCE_BYTES
from workloads.spec import SPEC_PATH

CONFIG_MAP_BYTES = 1 << 20
"""What Kubernetes takes of data in one."""
MAX_ARG_STRLEN = 128 << 10
"""What Linux takes in one variable of the environment."""


def recipe(source: object, **ingest: object) -> Recipe:
    document = cast("dict[str, dict[str, object]]", yaml.safe_load((RECIPES / "lab.yaml").read_text()))
    document["ingest"] |= {"source": source, **ingest}
    return Recipe.parse(document)


def refused(source: object, **ingest: object) -> str:
    with pytest.raises(SpecError) as caught:
        recipe(source, **ingest)
    return str(caught.value)


def urls(count: int, length: int = 60) -> list[str]:
    return [f"https://corpus.example.org/{number:0{length - 27}d}" for number in range(count)]


def largest() -> list[str]:
    # Each URL has two quotes and a comma around it, the list its brackets.
    return urls((SOURCE_BYTES - 2) // 63)


@pytest.mark.parametrize("source", [urls(4000), largest()], ids=["4000", "largest"])
def test_4000_urls_died_of_e2big(source: list[str]) -> None:
    run = Run.plan(recipe(source), IMAGES, 1)
    data = instructions(run)
    assert sum(len(text.encode()) for text in data.values()) > MAX_ARG_STRLEN
    assert sum(len(name) + len(text.encode()) for name, text in data.items()) < CONFIG_MAP_BYTES
    assert json.loads(data["ingest.json"])["recipe"]["source"] == source
    for stage in run.stages:
        program = program_of(run, stage, PLACE, {})
        assert max(map(len, program.environment.values())) < MAX_ARG_STRLEN
        # Every pod finds its own among those of its run, in the folder that it mounts.
        path = program.environment["STAGE_SPEC_FILE"]
        assert json.loads(data[path.removeprefix(f"{SPEC_PATH}/")])["key"] == stage.key
        shape = pod([program], account="stage")
        assert {"name": "spec", "configMap": {"name": run.name}} in cast("list[object]", shape["volumes"])


def test_the_pods_of_a_job_set_have_their_specification_as_a_file_too() -> None:
    run = Run.plan(recipe("stdlib"), IMAGES, 1)
    (train,) = (stage for stage in run.stages if stage.name == "train")
    assert f'"configMap": {{"name": "{run.name}"}}' in json.dumps(job_set(run, train, PLACE))


def test_a_list_that_no_config_map_holds_is_refused_when_it_is_planned() -> None:
    message = refused([*largest(), *urls(1)])
    assert "ingest.source = ['https://corpus.example.org/0" in message
    assert f"at most {SOURCE_BYTES} bytes" in message
    assert "s3://bucket/prefix" in message
    assert message.count("\n") == 0
    assert len(message) < 2000


def test_a_text_field_and_a_loss_have_defaults_and_can_be_set() -> None:
    default = recipe("stdlib").ingest
    assert (default.text_field, default.max_loss) == ("text", 0.5)
    assert recipe("stdlib", text_field="body", max_loss=0).ingest == replace(default, text_field="body", max_loss=0)


@pytest.mark.parametrize("field", ["", "{{x}}", None, 1, "\ud800", "x" * 201])
def test_a_text_field_that_cannot_be_is_named(field: object) -> None:
    assert "ingest.text_field" in refused("stdlib", text_field=field)


@pytest.mark.parametrize("share", [-0.1, 1.1, "0.5", None, True, float("nan")])
def test_a_loss_that_cannot_be_is_named(share: object) -> None:
    assert "ingest.max_loss" in refused("stdlib", max_loss=share)


@pytest.mark.parametrize("source", ["https://example.org/\ud800", ["https://example.org/\ud800"], "/data/\ud800"])
def test_half_of_a_surrogate_pair_was_a_traceback(source: object) -> None:
    assert "ingest.source" in refused(source)
