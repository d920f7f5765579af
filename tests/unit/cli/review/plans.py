"""Outputs of previews, as the engine writes them; their shape is held by `tests/contract/test_review.py`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.review.steps import LayerPlan, Preview, read_plan

ROOT = Path(__file__).resolve().parents[4]
PREFIX = "urn:pulumi:aws"


def urn(layer: str, kind: str, name: str, within: str = "") -> str:
    return f"{PREFIX}.{layer}::aifactory::{within}{'$' if within else ''}{kind}::{name}"


def step(
    kind: str,
    name: str,
    op: str = "update",
    *,
    layer: str = "platform",
    old: Mapping[str, object] | None = None,
    new: Mapping[str, object] | None = None,
    diff: Mapping[str, str] | None = None,
    within: str = "",
    place: str = "",
    **state: object,
) -> dict[str, object]:
    """One step of a digest; `diff` has each path's kind."""
    whole = urn(layer, kind, name, within)
    common = {"urn": whole, "type": kind, "custom": True, **state}
    if place:
        common["sourcePosition"] = place
    row: dict[str, object] = {"op": op, "urn": whole}
    if op != "create":
        row["oldState"] = {**common, "inputs": dict(old or {})}
    if op != "delete":
        row["newState"] = {**common, "inputs": dict(new or {})}
    if diff is not None:
        row["detailedDiff"] = {path: {"kind": one, "inputDiff": True} for path, one in diff.items()}
    return row


def violation(rule: str, where: str, message: str, level: str = "mandatory") -> dict[str, object]:
    text = f"<{{%fg 1%}}>The rule's title.<{{%reset%}}>\n{message}"
    return {"policyEvent": {"policyName": rule, "resourceUrn": where, "enforcementLevel": level, "message": text}}


def outputs(before: Mapping[str, object], after: Mapping[str, object], layer: str = "workloads") -> dict[str, object]:
    kind = "pulumi:pulumi:Stack"
    metadata = {
        "type": kind,
        "urn": urn(layer, kind, "stack"),
        "old": {"outputs": dict(before)},
        "new": {"outputs": dict(after)},
    }
    return {"resOutputsEvent": {"metadata": metadata}}


def plan(
    *steps: Mapping[str, object],
    layer: str = "platform",
    events: Sequence[object] = (),
    diagnostics: Sequence[Mapping[str, object]] = (),
    failed: bool = False,
) -> LayerPlan:
    digest = {"steps": [dict(one) for one in steps], "diagnostics": [dict(one) for one in diagnostics]}
    preview = Preview(layer=layer, digest=digest, events=events, project=ROOT, failed=failed)
    return read_plan(preview, ROOT)
