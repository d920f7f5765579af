"""What a reviewer reads of a preview, and what a user reads of a deployment that failed."""

from collections.abc import Callable
from typing import cast

from pulumi.automation.events import EngineEvent

from cli.events import Events

# The SDK leaves its argument untyped.
parse = cast("Callable[[dict[str, object]], EngineEvent]", EngineEvent.from_json)
STACK = "urn:pulumi:lab.vault::aifactory::pulumi:pulumi:Stack::aifactory-lab.vault"
SUBNET = "urn:pulumi:lab.platform::aifactory::aws:ec2/subnet:Subnet::network-a"


def events(*documents: dict[str, object]) -> Events:
    found = Events()
    for number, document in enumerate(documents):
        found.receive(parse({"sequence": number, "timestamp": 0, **document}))
    return found


def diagnostic(severity: str, message: str, urn: str = STACK) -> dict[str, object]:
    return {"diagnosticEvent": {"message": message, "color": "never", "severity": severity, "urn": urn}}


def step(operation: str, urn: str, kind: str, **more: object) -> dict[str, object]:
    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": urn, "type": kind, "provider": "", **more}}}


def summary(**counts: int) -> dict[str, object]:
    changes: dict[str, object] = dict(counts)
    return {
        "summaryEvent": {
            "maybeCorrupt": False,
            "durationSeconds": 1,
            "resourceChanges": changes,
            "PolicyPacks": {},
        }
    }


def test_of_an_unchanged_layer_it_says_so_and_no_more() -> None:
    found = events(
        diagnostic("warning", "using pulumi-language-python from $PATH at /bin/pulumi-language-python\n", ""),
        step("same", STACK, "pulumi:pulumi:Stack"),
        step("same", SUBNET, "aws:ec2/subnet:Subnet"),
        summary(same=6),
    )
    assert found.report("lab.vault") == "lab.vault\n  6 unchanged\n"


def test_what_the_program_logs_stays() -> None:
    found = events(diagnostic("info", "run 6916fd4598c2: will run train; ingest, clean stand\n"), summary(same=1))
    assert "    run 6916fd4598c2: will run train; ingest, clean stand\n" in found.report("lab.workloads")


def test_another_warning_stays() -> None:
    found = events(diagnostic("warning", "<{%fg 3%}>aws:ec2/vpc:Vpc<{%reset%}> is deprecated"))
    assert "    warning: aws:ec2/vpc:Vpc is deprecated\n" in found.report("lab.platform")


def test_a_change_names_its_properties_and_a_replacement_is_one_line() -> None:
    kind = "aws:ec2/subnet:Subnet"
    found = events(
        step("create-replacement", SUBNET, kind),
        step("replace", SUBNET, kind, detailedDiff={"cidrBlock": {"diffKind": "update-replace", "inputDiff": True}}),
        step("delete-replaced", SUBNET, kind),
        summary(same=5, replace=1),
    )
    lines = found.report("lab.platform").splitlines()
    assert lines == ["lab.platform", f"  ± replace  {kind}  network-a  [cidrBlock]", "  5 unchanged, 1 to replace"]


def test_a_failure_is_its_errors_and_violated_policies_and_nothing_else() -> None:
    found = events(
        diagnostic("info", "run 1: will run train"),
        diagnostic("error", "Network: zones = '': two zones or more\n"),
        diagnostic("error", "the name is taken", SUBNET),
        {
            "policyEvent": {
                "message": "no digest\n",
                "color": "never",
                "policyName": "image-digest",
                "policyPackName": "aifactory",
                "policyPackVersion": "1",
                "policyPackVersionTag": "1",
                "enforcementLevel": "mandatory",
            }
        },
    )
    assert found.failure().splitlines() == [
        "Network: zones = '': two zones or more",
        "network-a: the name is taken",
        "[mandatory] image-digest: no digest",
    ]
