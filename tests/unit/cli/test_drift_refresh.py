"""What is read of the events of a refresh."""

from collections.abc import Callable, Mapping
from typing import cast

from pulumi.automation.events import EngineEvent

from cli.drift.commands import DRIFTED, UNKNOWN, WEAKENED, status
from cli.drift.comparison import Drift
from cli.drift.findings import Difference, Finding
from cli.drift.paths import SECRET_SIGNATURE, SIGNATURE
from cli.drift.refresh import Comparison, compared
from cli.drift.shown import SECRET

# The SDK leaves its argument untyped.
parse = cast("Callable[[dict[str, object]], EngineEvent]", EngineEvent.from_json)
STACK = "lab.vault"
BUCKET, MAP = "aifactory:object_store:Bucket", "kubernetes:core/v1:ConfigMap"


def state(kind: str, values: Mapping[str, object], outputs: Mapping[str, object] | None = None) -> dict[str, object]:
    urn = f"urn:pulumi:{STACK}::aifactory::{kind}::it"
    return {
        "type": kind,
        "urn": urn,
        "id": "it",
        "parent": "",
        "provider": "urn:pulumi:lab.vault::aifactory::pulumi:providers:aws::aws::1",
        "inputs": values,
        "outputs": values if outputs is None else outputs,
    }


def step(
    operation: str, kind: str, old: dict[str, object] | None, new: dict[str, object] | None, **more: object
) -> EngineEvent:
    metadata = {"op": operation, "urn": state(kind, {})["urn"], "type": kind, "provider": "", **more}
    return parse({"sequence": 1, "timestamp": 0, "resOutputsEvent": {"metadata": {**metadata, "old": old, "new": new}}})


def read(*events: EngineEvent) -> Comparison:
    return compared(STACK, events)


def one(*events: EngineEvent) -> Difference:
    (found,) = read(*events).differences
    return found


def test_what_is_the_same_is_a_resource_and_no_difference() -> None:
    found = read(step("same", BUCKET, state(BUCKET, {"a": 1}), state(BUCKET, {"a": 1})))
    assert [resource.inputs for resource in found.resources] == [{"a": 1}]
    assert found.differences == ()


def test_what_is_gone_is_gone() -> None:
    found = one(step("delete", BUCKET, state(BUCKET, {"a": 1}), None))
    assert (found.name, found.path, found.declared, found.found) == ("it", "", "deployed", None)


def test_a_key_that_the_provider_names_is_read_from_both_sides() -> None:
    old, new = {"defaultRetentionDays": 30, "versioning": True}, {"defaultRetentionDays": 0, "versioning": True}
    found = one(step("update", BUCKET, state(BUCKET, old), state(BUCKET, new), diffs=["defaultRetentionDays"]))
    assert (found.path, found.declared, found.found) == ("defaultRetentionDays", 30, 0)


def test_what_nobody_declared_is_found_where_nothing_was() -> None:
    new = {"lifecycle": "[]"}
    found = one(step("update", BUCKET, state(BUCKET, {}), state(BUCKET, new), diffs=["lifecycle"]))
    assert (found.path, found.declared, found.found) == ("lifecycle", None, "[]")


def test_only_what_the_provider_calls_a_difference_is_one() -> None:
    """A size of 1024Mi and one of 1Gi are the same, and only the provider knows."""
    old, new = {"data": {"a": "1", "b": "1024Mi"}}, {"data": {"a": "2", "b": "1Gi"}}
    detailed = {"data.a": {"diffKind": "update", "inputDiff": True}}
    assert one(step("update", MAP, state(MAP, old), state(MAP, new), detailedDiff=detailed)).path == "data.a"


def test_a_property_that_is_no_input_is_read_from_the_outputs() -> None:
    old, new = state(MAP, {}, {"status": "a"}), state(MAP, {}, {"status": "b"})
    found = one(step("update", MAP, old, new, detailedDiff={"status": {"diffKind": "update", "inputDiff": False}}))
    assert (found.declared, found.found) == ("a", "b")


def test_a_secret_that_changed_is_told_by_its_path_alone() -> None:
    kind = "kubernetes:core/v1:Secret"
    for hidden in ("[secret]", {SIGNATURE: SECRET_SIGNATURE, "ciphertext": "[secret]"}):
        both = [state(kind, {"data": hidden}) for _ in range(2)]
        found = one(step("update", kind, *both, diffs=["data"]))
        assert (found.path, found.declared, found.found) == ("data", SECRET, SECRET)
        told = Finding.of(found)
        assert (told.declared, told.found) == ("[secret]", "[secret]")
        assert told.reason


def test_a_list_that_grew_is_told_as_a_whole() -> None:
    old, new = {"a": {"b": [1]}}, {"a": {"b": [1, 2]}}
    found = one(step("update", MAP, state(MAP, old), state(MAP, new), diffs=["a"]))
    assert (found.path, found.declared, found.found) == ("a.b", [1], [1, 2])


def test_a_provider_is_found_by_what_uses_it() -> None:
    provider = {**state("pulumi:providers:aws", {"region": "eu-central-1"}), "provider": ""}
    provider["urn"] = "urn:pulumi:lab.vault::aifactory::pulumi:providers:aws::aws"
    events = [
        step("same", "pulumi:providers:aws", provider, provider),
        step("same", BUCKET, state(BUCKET, {}), state(BUCKET, {})),
    ]
    found = read(*events)
    assert found.provider_of(found.resources[-1]) == {"region": "eu-central-1"}


def drift(*reasons: str, unanswered: tuple[str, ...] = ()) -> Drift:
    findings = tuple(
        Finding(stack=STACK, type=MAP, name="it", path="a", declared="1", found="2", reason=reason)
        for reason in reasons
    )
    return Drift(env="lab", compared=(STACK,), findings=findings, unanswered=unanswered)


def test_the_exit_code_says_the_worst_that_is_certain() -> None:
    assert status(drift()) == 0
    assert status(drift("")) == DRIFTED
    assert status(drift("", "lost")) == WEAKENED
    # Nothing found where not all was asked is no proof.
    assert status(drift(unanswered=("a store",))) == UNKNOWN
    assert status(drift("", unanswered=("a store",))) == UNKNOWN
    assert status(drift("lost", unanswered=("a store",))) == WEAKENED
