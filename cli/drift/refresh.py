"""What the events of a refresh say: the resources that a layer has, and how each differs from what stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pulumi.automation.events import EngineEvent, StepEventMetadata, StepEventStateMetadata

from cli.drift.findings import Difference
from cli.drift.paths import at, cleaned, differing, joined, related, tokens
from cli.drift.shown import SECRET
from cli.drift.weakening import is_judged
from host.documents import Values, mapping

OWN = "pulumi:pulumi:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployed:
    """A resource as the state has it; secrets are `SECRET`."""

    type: str
    name: str
    id: str
    provider: str
    """`URN::ID` of its provider; "" of a provider's own."""
    urn: str
    inputs: Values
    outputs: Values


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One layer, compared."""

    stack: str
    resources: tuple[Deployed, ...]
    differences: tuple[Difference, ...]

    def provider_of(self, resource: Deployed) -> Mapping[str, object]:
        """The settings of a resource's provider."""
        urn = resource.provider.rpartition("::")[0]
        found = [one.inputs for one in self.resources if one.urn == urn]
        return found[0] if found else {}


def compared(stack: str, events: Sequence[EngineEvent]) -> Comparison:
    """Reads a refresh of a stack. A component, a provider and the stack itself do not differ."""
    steps = [event.res_outputs_event.metadata for event in events if event.res_outputs_event]
    resources = [_deployed(step.old) for step in steps if step.old and not step.type.startswith(OWN)]
    differences = [one for step in steps for one in _differences(stack, step)]
    return Comparison(stack=stack, resources=tuple(resources), differences=tuple(differences))


def _deployed(old: StepEventStateMetadata) -> Deployed:
    return Deployed(
        type=old.type,
        name=_name(old.urn),
        id=old.id or "",
        provider=old.provider or "",
        urn=old.urn,
        inputs=mapping(cleaned(old.inputs)),
        outputs=mapping(cleaned(old.outputs)),
    )


def _name(urn: str) -> str:
    return urn.split("::", 3)[-1]


def _differences(stack: str, step: StepEventMetadata) -> Iterator[Difference]:
    operation = str(getattr(step.op, "value", step.op))
    if step.old is None or operation not in ("update", "delete"):
        return
    name = _name(step.urn)
    if operation == "delete":
        yield Difference(stack=stack, type=step.type, name=name, path="", declared="deployed")
        return
    new = step.new
    if new is None:
        return
    sides = (
        (mapping(cleaned(step.old.inputs)), mapping(cleaned(new.inputs))),
        (mapping(cleaned(step.old.outputs)), mapping(cleaned(new.outputs))),
    )
    seen: set[str] = set()
    # What the provider calls a difference is one, and no more: it knows which values mean the same.
    for path in step.detailed_diff or [joined("", key) for key in step.diffs or ()]:
        for leaf, declared, found in _leaves(step.type, path, sides):
            if leaf not in seen:
                seen.add(leaf)
                yield Difference(stack=stack, type=step.type, name=name, path=leaf, declared=declared, found=found)


def _leaves(kind: str, path: str, sides: Sequence[tuple[Values, Values]]) -> Iterator[tuple[str, object, object]]:
    """Where inputs differ at a path, else outputs; a secret that changed differs by its path alone."""
    for declared, found in sides:
        top = tokens(path)[:1]
        left, right = ({key: side[key] for key in top if key in side} for side in (declared, found))
        leaves = [one for one in differing(left, right, partial(is_judged, kind)) if related(one[0], path)]
        if leaves:
            yield from leaves
            return
    declared, found = (at(side, path) for side in sides[0])
    yield path, SECRET if declared is None else declared, SECRET if found is None else found
