"""The pack over the engine's protocol: one pass, levels, configuration, and what a stack is judged by."""

from collections.abc import Mapping
from typing import cast

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from components.reference import SOURCES
from policies import types
from policies.judge import Judge
from policies.pack import RULES
from policies.rules.vault.vault_retention_floor import DAYS
from policies.server import Service
from policies.wire import SECRET, SIGNATURE, unpacked

URN = f"urn:pulumi:aws.vault::aifactory::{types.VAULT}::vault"


class Refused(Exception):
    """What a real context does when a call is aborted."""


class Context:
    """As much of gRPC's context as the service uses."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Refused(f"{code.name}: {details}")


CONTEXT = cast("grpc.ServicerContext", Context())


def struct(values: Mapping[str, object]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def service() -> Service:
    return Service(Judge(tuple(RULES.values())))


def analyzed(props: Mapping[str, object], one: Service | None = None) -> list[analyzer_pb2.AnalyzeDiagnostic]:
    request = analyzer_pb2.AnalyzeRequest(type=types.VAULT, urn=URN, name="vault", properties=struct(props))
    return list((one or service()).Analyze(request, CONTEXT).diagnostics)


def test_a_violation_has_the_level_and_the_severity_of_its_rule() -> None:
    (found,) = analyzed({"object_lock": False, "retention_days": 365})
    assert found.policyName == "storage-vault-lock"
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    assert found.severity == analyzer_pb2.POLICY_SEVERITY_CRITICAL
    assert found.message.splitlines()[1].startswith("object_lock is false: ")


def test_what_a_preview_does_not_know_stops_no_preview() -> None:
    (found,) = analyzed({"object_lock": UNKNOWN_STRING_VALUE, "retention_days": 365})
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    assert "cannot be judged yet: object_lock" in found.message


def test_a_secret_is_judged_by_what_it_holds() -> None:
    assert analyzed({"object_lock": {SIGNATURE: SECRET, "value": True}, "retention_days": 365}) == []


def test_a_level_and_a_setting_come_from_the_configuration() -> None:
    one = service()
    config = {
        "storage-vault-lock": analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.DISABLED),
        "vault-retention-floor": analyzer_pb2.PolicyConfig(
            enforcementLevel=analyzer_pb2.MANDATORY, properties=struct({"days": 400})
        ),
    }
    one.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config), CONTEXT)
    (found,) = analyzed({"object_lock": False, "retention_days": 365}, one)
    assert found.policyName == "vault-retention-floor"
    assert found.enforcementLevel == analyzer_pb2.MANDATORY


def test_a_configuration_that_breaks_its_rules_is_refused() -> None:
    bad = analyzer_pb2.PolicyConfig(properties=struct({"exemptions": [{"resource": "vault"}]}))
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT: storage-vault-lock\.exemptions\[0\]\.reason"):
        service().Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"storage-vault-lock": bad}), CONTEXT)


def test_a_stack_is_judged_by_the_inputs_of_components_that_the_engine_does_not_keep() -> None:
    one = service()
    analyzed({"object_lock": True, "retention_days": 365, "endpoint": "", "profile": "a"}, one)
    request = analyzer_pb2.AnalyzeStackRequest(
        resources=[analyzer_pb2.AnalyzerResource(type=types.VAULT, urn=URN, name="vault")]
    )
    (found,) = one.AnalyzeStack(request, CONTEXT).diagnostics
    assert found.policyName == "stack-protection-copies"
    assert found.urn == URN


def test_every_rule_says_itself_to_the_engine() -> None:
    info = service().GetAnalyzerInfo(empty_pb2.Empty(), CONTEXT)
    assert [one.name for one in info.policies] == list(RULES)
    for one in info.policies:
        assert one.description
        assert one.message
        assert one.remediation_steps
        assert "exemptions" in one.configSchema.properties.fields
    (floor,) = (one for one in info.policies if one.name == "vault-retention-floor")
    assert floor.tags[0] == "vault"
    assert "EU AI Act, Regulation (EU) 2024/1689: 19(1)" in floor.tags
    assert unpacked(floor.configSchema.properties)["days"] == {
        **DAYS.schema,
        "description": DAYS.text,
        "default": 183,
    }


def test_the_names_of_components_are_those_of_the_project() -> None:
    """Policies import nothing of the project, so the names stand twice."""
    roots = (SOURCES, SOURCES.parent / "workloads")
    written = "".join(path.read_text() for root in roots for path in root.rglob("component.py"))
    for token in types.COMPONENTS:
        assert f'"{token}"' in written
