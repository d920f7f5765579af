"""Judges what a state says was deployed, also by a project that is not this one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from policies.judge import Judge, Outcome
from policies.resource import PolicyResource, Stack, Values, is_object, mapping, sequence, text
from policies.wire import plain

ENCRYPTED = "is encrypted in the state; `pulumi stack export --show-secrets` has it"
ENGINE = "pulumi:"
"""What the types of the engine's own resources begin with: the stack, providers."""


class StateError(Exception):
    """A document that is no state of Pulumi's; the message says what it lacks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Audited:
    """A state, and what rules say of it."""

    name: str
    """The stack's, e.g. `lab.vault`; "" of an empty state."""
    resources: int
    """How many were judged."""
    outcomes: tuple[Outcome, ...]


def audit(document: object, judge: Judge) -> Audited:
    """Judges each resource of an exported state, then all of them together. Raises StateError.

    Of a component a state keeps no inputs: its children are judged, and it is one of the stack.
    """
    entries = [mapping(entry) for entry in _resources(document)]
    providers = {
        f"{text(entry.get('urn'))}::{text(entry.get('id'))}": mapping(plain(entry.get("inputs"))) for entry in entries
    }
    found = [
        (_resource(entry, providers), entry)
        for entry in entries
        # Replaced already, and deleted by the next update.
        if entry.get("delete") is not True and not text(entry.get("type")).startswith("pulumi:pulumi:")
    ]
    own = [
        resource
        for resource, entry in found
        # What another owns is read, never declared.
        if entry.get("external") is not True and (entry.get("custom") is True or resource.props)
    ]
    judge = replace(judge, unknown=ENCRYPTED)
    return Audited(
        name=_name(found[0][0].urn) if found else "",
        resources=len(own),
        outcomes=tuple(_outcomes(judge, own, Stack(tuple(resource for resource, _ in found)))),
    )


def _outcomes(judge: Judge, own: list[PolicyResource], stack: Stack) -> Iterator[Outcome]:
    for resource in own:
        for outcome in judge.resource(resource):
            yield replace(outcome, urn=resource.urn)
    yield from judge.stack(stack)


def _resources(document: object) -> list[object]:
    """Of `pulumi stack export`, or of a checkpoint as a backend keeps it. Raises StateError."""
    exported = mapping(document).get("deployment")
    checkpoint = mapping(document).get("checkpoint")
    kept = mapping(checkpoint).get("latest")
    if exported is None and kept is None and is_object(checkpoint):
        # A stack that was made and never deployed.
        return []
    deployment = exported if exported is not None else kept
    if not is_object(deployment):
        raise StateError("it has no key `deployment`, as `pulumi stack export` writes one")
    # An empty stack has the key with null.
    resources = sequence(mapping(deployment).get("resources") or [])
    if not resources and mapping(deployment).get("resources"):
        raise StateError("its `deployment.resources` is no list")
    for index, entry in enumerate(resources):
        if not text(mapping(entry).get("urn")) or not text(mapping(entry).get("type")):
            raise StateError(f"its `deployment.resources[{index}]` has no `urn` and `type`")
    return resources


def _resource(entry: Values, providers: Mapping[str, Values]) -> PolicyResource:
    return PolicyResource(
        kind=text(entry.get("type")),
        props=mapping(plain(entry.get("inputs"))),
        urn=text(entry.get("urn")),
        protected=entry.get("protect") is True,
        provider=providers.get(text(entry.get("provider")), {}),
    )


def _name(urn: str) -> str:
    # urn:pulumi:<stack>::<project>::<type>::<name>
    return urn.removeprefix("urn:pulumi:").split("::", 1)[0]
