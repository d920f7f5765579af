"""The pack as the engine enforces it: a preview that breaks a rule fails and names the rule, the place and the remedy."""

from pathlib import Path

import pytest

from cli.engine import POLICIES
from tests.support.engine import Stack

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

container = {{"name": "main", "image": "{image}", "env": [{{"name": "{variable}", "value": "hunter2"}}]}}
k8s.core.v1.Pod("pod", spec={{"containers": [container]}}, metadata={{"namespace": "factory"}})
"""
DIGEST = "localhost/image@sha256:" + "0" * 64


def judged(folder: Path, image: str, variable: str) -> Stack:
    stack = Stack(folder=folder)
    stack.program(PROGRAM.format(image=image, variable=variable))
    stack.init()
    return stack


def test_what_keeps_the_rules_passes(tmp_path: Path) -> None:
    judged(tmp_path, DIGEST, "COLOUR").succeeds("preview", "--policy-pack", str(POLICIES), "--stack", "dev")


@pytest.mark.parametrize(
    ("image", "variable", "rule"),
    [("image:latest", "COLOUR", "workload-image-digest"), (DIGEST, "DB_PASSWORD", "workload-no-plain-secret")],
)
def test_what_breaks_a_rule_fails_the_preview(tmp_path: Path, image: str, variable: str, rule: str) -> None:
    output = judged(tmp_path, image, variable).fails("preview", "--policy-pack", str(POLICIES), "--stack", "dev")
    assert rule in output
    assert "[mandatory]" in output
