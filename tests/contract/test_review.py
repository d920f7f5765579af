"""What a review reads of a preview, as this engine writes it: nothing promises the shape, so it is held here."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cli.engine import POLICIES
from cli.review.review import Verdict, review
from cli.review.steps import LayerPlan, Operation, Preview, read_plan
from tests.support.engine import Stack

DEPLOYED = """
import pulumi

class Thing(pulumi.ComponentResource):
    def __init__(self, name, args):
        super().__init__("x:y:Thing", name, args)
        self.register_outputs({})

Thing("first", {"size": 1, "token": pulumi.Output.secret("hunter2")})
pulumi.export("run", {"stages": {"train": "1"}})
pulumi.export("hidden", pulumi.Output.secret("hunter2"))
"""
CHANGED = """
import pulumi
import pulumi_kubernetes as k8s

pulumi.log.info("a word")
pulumi.log.warn("a warning")
k8s.core.v1.Pod(
    "pod",
    metadata={"namespace": "factory"},
    spec={"containers": [{"name": "main", "image": "image:latest"}]},
)
pulumi.export("run", {"stages": {"train": "2"}})
pulumi.export("hidden", pulumi.Output.secret("hunter2"))
"""
BROKEN = """
import sys

print("error: key = 1: it is wrong; set 2", file=sys.stderr)
sys.exit(1)
"""


def previewed(folder: Path, *programs: str, deploy: int) -> LayerPlan:
    stack = Stack(folder=folder, environment={"PULUMI_DEBUG_COMMANDS": "true"})
    stack.program(programs[0])
    stack.init()
    for program in programs[:deploy]:
        stack.program(program)
        stack.up()
    stack.program(programs[-1])
    events = folder / "events"
    arguments = ("preview", "--stack", "dev", "--json", "--show-sames", "--event-log", str(events))
    done = stack.run(*arguments, "--policy-pack", str(POLICIES))
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    start = done.stdout.find("{")
    digest = json.loads(done.stdout[start:]) if start >= 0 else None
    preview = Preview(layer="dev", digest=digest, events=lines, project=folder, failed=done.returncode != 0)
    return read_plan(preview, folder.resolve())


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> LayerPlan:
    return previewed(tmp_path_factory.mktemp("review"), DEPLOYED, CHANGED, deploy=1)


def test_steps_have_their_place_in_the_program(plan: LayerPlan) -> None:
    (pod,) = [step for step in plan.steps if step.type == "kubernetes:core/v1:Pod"]
    assert (pod.operation, pod.name, pod.place) == (Operation.CREATE, "pod", "__main__.py:7")
    (thing,) = [step for step in plan.steps if step.type == "x:y:Thing"]
    assert (thing.operation, thing.custom) == (Operation.DELETE, False)


def test_violations_have_rule_level_and_place(plan: LayerPlan) -> None:
    found = review("dev", [plan])
    assert found.verdict is Verdict.BLOCKED
    (image,) = [one for one in found.findings if one.rule == "workload-image-digest"]
    assert (image.level, image.place, image.name) == ("mandatory", "__main__.py:7", "pod")
    assert image.message.startswith("containers") or "image" in image.message


def test_outputs_of_the_stack_are_read_before_and_after_without_secrets(plan: LayerPlan) -> None:
    before, after = plan.outputs
    assert before["run"] == {"stages": {"train": "1"}}
    assert after["run"] == {"stages": {"train": "2"}}
    assert "hunter2" not in repr(plan)


def test_messages_are_told_once_without_the_engines_own(plan: LayerPlan) -> None:
    assert plan.messages == ("a word", "warning: a warning")


def test_a_program_that_refuses_its_configuration_ends_the_preview_with_its_own_words(tmp_path: Path) -> None:
    plan = previewed(tmp_path, DEPLOYED, BROKEN, deploy=0)
    assert plan.failed
    assert any("key = 1: it is wrong; set 2" in error for error in plan.errors), plan
    assert review("dev", [replace(plan)]).verdict is Verdict.BLOCKED
