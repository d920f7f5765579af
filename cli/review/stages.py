"""Which stages of a run have another key than those of the run that is deployed, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.resource import UNKNOWN, Values, is_object, mapping, text
from workloads.keys import STAGES


@dataclass(frozen=True, kw_only=True, slots=True)
class StageChange:
    """One stage whose output would be another."""

    name: str
    reasons: tuple[str, ...]
    """`train.learning_rate: 0.003 → 0.004`, `its code or image`, `reads train`."""


def changed_stages(before: Values, after: Values) -> tuple[StageChange, ...]:
    """Of the outputs of the layer workloads, deployed and declared; all stages where none is deployed."""
    old, new = mapping(mapping(before.get("run")).get("stages")), mapping(mapping(after.get("run")).get("stages"))
    recipes = mapping(before.get("recipe")), mapping(after.get("recipe"))
    found: dict[str, StageChange] = {}
    for stage in STAGES:
        if not text(new.get(stage.name)) or new.get(stage.name) == old.get(stage.name):
            continue
        sections = mapping(recipes[0].get(stage.name)), mapping(recipes[1].get(stage.name))
        reasons = [*_differences(stage.name, *sections)] if old else ["no run is deployed"]
        upstream = [name for name in stage.inputs if name in found]
        if upstream and old:
            reasons.append(f"reads {', '.join(upstream)}")
        found[stage.name] = StageChange(name=stage.name, reasons=tuple(reasons or ["its code or its image"]))
    return tuple(found.values())


def _differences(prefix: str, before: Values, after: Values) -> Iterator[str]:
    if not before:
        # Deployed before recipes were part of the outputs.
        return
    for key in [*after, *(key for key in before if key not in after)]:
        old, new, path = before.get(key), after.get(key), f"{prefix}.{key}"
        if old == new:
            continue
        if is_object(old) and is_object(new):
            yield from _differences(path, mapping(old), mapping(new))
        else:
            yield f"{path}: {_shown(old)} → {_shown(new)}"


def _shown(value: object) -> str:
    if value is None:
        return "(none)"
    if value is UNKNOWN:
        return "(known in the update)"
    return str(value) if isinstance(value, str | int | float) else "(changed)"
