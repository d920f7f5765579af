"""What rules say of a state that was exported, also of one that nobody here wrote."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit import ENCRYPTED, StateError, audit
from policies.config import ConfigError
from policies.config_file import parse
from policies.judge import Judge
from policies.pack import RULES
from policies.rule import Level
from policies.types import EKS_CLUSTER, GROUP_RULE, KMS_KEY
from policies.wire import SECRET, SIGNATURE

ROOT = "urn:pulumi:theirs.prod::theirs"
JUDGE = Judge(tuple(RULES.values()), today=lambda: date(2026, 12, 1))
OPEN: dict[str, object] = {
    "type": "ingress",
    "fromPort": 22,
    "toPort": 22,
    "protocol": "tcp",
    "cidrBlocks": ["0.0.0.0/0"],
}


def entry(kind: str, name: str, inputs: Mapping[str, object], **more: object) -> dict[str, object]:
    return {"urn": f"{ROOT}::{kind}::{name}", "type": kind, "custom": True, "id": name, "inputs": inputs, **more}


def state(*entries: dict[str, object]) -> dict[str, object]:
    stack = {"urn": f"{ROOT}::pulumi:pulumi:Stack::theirs-prod", "type": "pulumi:pulumi:Stack", "custom": False}
    return {"version": 3, "deployment": {"resources": [stack, *entries]}}


def broken(document: object) -> set[tuple[str, str]]:
    return {(one.rule.id, one.urn.rpartition("::")[2]) for one in audit(document, JUDGE).outcomes}


def test_every_planted_fault_of_a_bad_state_is_named_with_its_resource() -> None:
    document = state(
        entry(GROUP_RULE, "ssh", OPEN),
        entry(KMS_KEY, "key", {"enableKeyRotation": False}),
        entry(
            EKS_CLUSTER, "cluster", {"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}}
        ),
    )
    found = broken(document)
    assert ("vpc-group-no-world-ingress", "ssh") in found
    assert ("kms-key-rotated", "key") in found
    assert ("eks-cluster-endpoint-closed", "cluster") in found
    assert audit(document, JUDGE).name == "theirs.prod"


def test_a_checkpoint_of_a_stack_that_was_never_deployed_was_no_state() -> None:
    found = audit({"version": 3, "checkpoint": {"stack": "dev"}}, JUDGE)
    assert (found.name, found.resources, found.outcomes) == ("", 0, ())


def test_a_checkpoint_of_a_backend_is_read_like_an_export() -> None:
    exported = state(entry(GROUP_RULE, "ssh", OPEN))
    kept = {"version": 3, "checkpoint": {"stack": "x", "latest": exported["deployment"]}}
    assert broken(kept) == broken(exported) != set()


@pytest.mark.parametrize("more", [{"external": True}, {"delete": True}])
def test_what_another_project_owns_or_a_replacement_left_is_not_judged(more: dict[str, object]) -> None:
    assert broken(state(entry(GROUP_RULE, "ssh", OPEN, **more))) == set()


def test_what_is_encrypted_is_not_judged_and_the_remedy_is_said() -> None:
    secret = {SIGNATURE: SECRET, "ciphertext": "v1:abc"}
    outcomes = audit(state(entry(GROUP_RULE, "ssh", {**OPEN, "cidrBlocks": secret})), JUDGE).outcomes
    assert {(one.rule.id, one.level) for one in outcomes} == {("vpc-group-no-world-ingress", Level.ADVISORY)}
    assert ENCRYPTED in outcomes[0].message
    opened = {SIGNATURE: SECRET, "plaintext": '["0.0.0.0/0"]'}
    again = audit(state(entry(GROUP_RULE, "ssh", {**OPEN, "cidrBlocks": opened})), JUDGE).outcomes
    assert Level.MANDATORY in {one.level for one in again}


def test_an_empty_stack_breaks_nothing() -> None:
    assert audit({"version": 3, "deployment": {"resources": None}}, JUDGE).outcomes == ()


@pytest.mark.parametrize(
    ("document", "lacks"),
    [
        ({}, "deployment"),
        ([], "deployment"),
        ({"deployment": 1}, "deployment"),
        ({"deployment": {"resources": 1}}, "no list"),
        ({"deployment": {"resources": [{"urn": "x"}]}}, r"resources\[0\]"),
        ({"deployment": {"resources": ["x"]}}, r"resources\[0\]"),
    ],
)
def test_what_is_no_state_is_one_message(document: object, lacks: str) -> None:
    with pytest.raises(StateError, match=lacks):
        audit(document, JUDGE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from((GROUP_RULE, KMS_KEY, EKS_CLUSTER, "theirs:index:Thing")), st.dictionaries(st.text(), JSON))
def test_no_state_makes_the_audit_fail(kind: str, inputs: dict[str, object]) -> None:
    audit(state(entry(kind, "any", inputs)), JUDGE)


def test_a_configuration_raises_and_lowers_levels() -> None:
    document = {"kms-key-rotated": "advisory", "vpc-group-no-world-ingress": {"enforcementLevel": "disabled"}}
    config = parse(document, RULES)
    judge = Judge(tuple(RULES.values()), levels=config.levels, configs=config.rules)
    found = audit(state(entry(GROUP_RULE, "ssh", OPEN), entry(KMS_KEY, "key", {"enableKeyRotation": False})), judge)
    levels = {one.rule.id: one.level for one in found.outcomes}
    assert levels["kms-key-rotated"] is Level.ADVISORY
    assert "vpc-group-no-world-ingress" not in levels


def test_all_is_every_rule() -> None:
    assert set(parse({"all": "advisory"}, RULES).levels) == set(RULES)


def test_a_rule_or_level_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"kms-key-rotatd": "advisory", "kms-key-rotated": "warn", "s3-bucket-tls": {"nothing": 1}}, RULES)
    lines = str(caught.value).splitlines()
    assert [line.split(" ")[0].split(".")[0] for line in lines] == [
        "kms-key-rotatd",
        "kms-key-rotated",
        "s3-bucket-tls",
    ]
