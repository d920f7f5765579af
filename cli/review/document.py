"""A review as one JSON document: all of it, for programs and for the artifact that a comment links to."""

from cli.cost.estimate import Estimate
from cli.review.masking import scrubbed
from cli.review.protection import FIELDS, Kept
from cli.review.review import LayerReview, Review
from cli.review.values import described
from policies.resource import is_object, mapping, sequence

VERSION = 1


def document(review: Review) -> dict[str, object]:
    """Its names are kept; what is added later adds keys."""
    whole: dict[str, object] = {
        "version": VERSION,
        "environment": review.env,
        "head": review.head,
        "verdict": review.verdict.value,
        "errors": [{"layer": layer, "message": message} for layer, message in review.errors],
        "lost": [
            {
                "urn": loss.step.urn,
                "type": loss.step.type,
                "operation": loss.step.operation.value,
                "kind": loss.kind.value,
                "fate": loss.fate.value,
                "only_if_unknown_differs": loss.maybe,
                "causes": [described(loss.step, path) for path in loss.step.causes],
                "place": loss.step.place,
            }
            for loss in review.losses
        ],
        "violations": [
            {
                "rule": one.rule,
                "level": one.level,
                "severity": one.severity,
                "urn": one.urn,
                "message": one.message,
                "remedy": one.remedy,
                "place": one.place,
                "controls": list(one.controls),
                "deployed": one.standing,
                "undecided": one.is_undecided,
            }
            for one in review.findings
        ],
        "access": [{"urn": one.step.urn, "type": one.step.type, "details": list(one.details)} for one in review.access],
        "stages": [{"name": one.name, "reasons": list(one.reasons)} for one in review.stages],
        "protection": [
            {"name": one.name, "before": _kept(one.before), "after": _kept(one.after), "differs": one.differs}
            for one in review.protection
        ],
        "cost": _cost(review.cost) if review.cost else None,
        "skipped": dict(review.skipped),
        "layers": [_layer(layer) for layer in review.layers],
    }
    return {key: _scrubbed(value) for key, value in whole.items()}


def _layer(layer: LayerReview) -> dict[str, object]:
    return {
        "name": layer.plan.layer,
        "failed": layer.plan.failed,
        "new": layer.plan.new,
        "unchanged": layer.plan.unchanged,
        "changes": [
            {
                "urn": step.urn,
                "type": step.type,
                "operation": step.verb,
                "properties": [described(step, path) for path in step.properties],
                "place": step.place,
            }
            for step in layer.changes
        ],
        "messages": list(layer.plan.messages),
    }


def _cost(cost: Estimate) -> dict[str, object]:
    return {
        "region": cost.region,
        "priced": cost.priced.isoformat() if cost.priced else None,
        "usd_month": [str(cost.before.monthly), str(cost.after.monthly)],
        "usd_hour_at_most": [str(cost.before.ceiling), str(cost.after.ceiling)],
        "gpu_hours_month": [str(cost.before.gpu_hours), str(cost.after.gpu_hours)],
        "unknown": [{"urn": item.urn, "what": item.what, "why": item.why} for item in cost.unknown],
        "by_usage": [{"urn": one.urn, "what": one.what} for one in cost.after.usage],
        "assumptions": list(cost.assumptions),
    }


def _kept(kept: Kept | None) -> object:
    return {name: kept.value(name) for name in FIELDS} if kept else None


def _scrubbed(value: object) -> object:
    if isinstance(value, str):
        return scrubbed(value)
    if is_object(value):
        return {key: _scrubbed(item) for key, item in mapping(value).items()}
    items = sequence(value)
    return [_scrubbed(item) for item in items] if items else value
