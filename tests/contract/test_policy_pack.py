"""The pack as the engine enforces it: a preview that breaks a rule fails and names the rule, the place and the remedy."""

import json
from pathlib import Path

import pytest

from cli.engine import POLICIES
from tests.support.engine import Stack

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

container = {{
    "name": "main",
    "image": "{image}",
    "env": [{{"name": "{variable}", "value": "hunter2"}}],
    "resources": {{"limits": {{"cpu": "1", "memory": "1Gi"}}}},
    "security_context": {{
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": True,
        "capabilities": {{"drop": ["ALL"]}},
    }},
}}
pod = {{"containers": [container], "automount_service_account_token": False}}
k8s.core.v1.Pod("pod", spec=pod, metadata={{"namespace": "factory"}})
"""
DIGEST = "localhost/image@sha256:" + "0" * 64
RULE = "workload-image-digest"
PREVIEW = ("preview", "--policy-pack", str(POLICIES), "--stack", "dev")


def judged(folder: Path, image: str, variable: str) -> Stack:
    stack = Stack(folder=folder)
    stack.program(PROGRAM.format(image=image, variable=variable))
    stack.init()
    return stack


def configured(folder: Path, **properties: object) -> tuple[str, str]:
    path = folder / "policies.json"
    path.write_text(json.dumps({RULE: properties}))
    return "--policy-pack-config", str(path)


def test_what_keeps_the_rules_passes(tmp_path: Path) -> None:
    judged(tmp_path, DIGEST, "COLOUR").succeeds(*PREVIEW)


@pytest.mark.parametrize(
    ("image", "variable", "rule"),
    [("image:latest", "COLOUR", RULE), (DIGEST, "DB_PASSWORD", "workload-no-plain-secret")],
)
def test_what_breaks_a_rule_fails_the_preview(tmp_path: Path, image: str, variable: str, rule: str) -> None:
    output = judged(tmp_path, image, variable).fails(*PREVIEW)
    assert rule in output
    assert "[mandatory]" in output
    assert "hunter2" not in output


def test_an_exemption_lets_a_resource_through_until_its_last_day(tmp_path: Path) -> None:
    stack = judged(tmp_path, "image:latest", "COLOUR")
    exempt = {"resource": "pod", "reason": "built by hand", "expires": "2999-12-31"}
    assert "exempt until 2999-12-31: built by hand" in stack.succeeds(
        *PREVIEW, *configured(tmp_path, exemptions=[exempt])
    )
    ended = {**exempt, "expires": "2020-12-31"}
    assert "its exemption ended on 2020-12-31" in stack.fails(*PREVIEW, *configured(tmp_path, exemptions=[ended]))


def test_an_exemption_without_a_reason_is_refused(tmp_path: Path) -> None:
    stack = judged(tmp_path, DIGEST, "COLOUR")
    bad = {"resource": "pod", "expires": "2999-12-31"}
    assert "reason" in stack.fails(*PREVIEW, *configured(tmp_path, exemptions=[bad]))


def test_the_level_of_a_rule_is_configured(tmp_path: Path) -> None:
    stack = judged(tmp_path, "image:latest", "COLOUR")
    assert "[advisory]" in stack.succeeds(*PREVIEW, *configured(tmp_path, enforcementLevel="advisory"))


def test_a_rule_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    stack = judged(tmp_path, DIGEST, "COLOUR")
    path = tmp_path / "policies.json"
    path.write_text(json.dumps({"workload-image-digset": "advisory"}))
    assert "workload-image-digset" in stack.fails(*PREVIEW, "--policy-pack-config", str(path))


def test_all_rules_are_configured_at_once(tmp_path: Path) -> None:
    stack = judged(tmp_path, "image:latest", "COLOUR")
    path = tmp_path / "policies.json"
    path.write_text(json.dumps({"all": "advisory"}))
    assert "[advisory]" in stack.succeeds(*PREVIEW, "--policy-pack-config", str(path))
