"""What a preview of one layer says it would change: the engine's digest, one step a resource.

`pulumi preview --json` gives states, causes and places; the event log gives what rules said, which the digest lacks. Both
are of one run, and are joined by URN.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cli.cost.declared import Declared
from policies.resource import UNKNOWN, PolicyResource, Values, is_object, mapping, sequence, text
from policies.wire import plain

STACK = "pulumi:pulumi:Stack"
# One row a resource: the halves of a replacement are its parts.
_HALVES = ("create-replacement", "delete-replaced", "discard-replaced", "read-replacement", "import-replacement")
# Said of each plugin at every run beside an engine that finds its plugins on PATH, which is how ours are found.
FAILED = "preview failed"
"""What the engine says beside the reasons."""
FOUND_ON_PATH = "using pulumi-"
_COLOR = re.compile(r"<\{%.*?%\}>")


class Operation(Enum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One resource that would change."""

    urn: str
    type: str
    operation: Operation
    verb: str
    """The engine's own word, e.g. `import`."""
    causes: tuple[str, ...] = ()
    """Of a replacement: the properties that force it."""
    properties: tuple[str, ...] = ()
    """Paths that differ."""
    before: Values
    """Inputs as they were deployed; a secret that is not told is `UNKNOWN`."""
    after: Values
    """Inputs as they are declared."""
    custom: bool = True
    """False of a component, which is nothing by itself."""
    protected: bool = False
    retained: bool = False
    external: bool = False
    place: str = ""
    """Path in the repository and line, `path.py:12`; "" where the program's place is not told."""

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a rule says of a resource."""

    rule: str
    level: str
    urn: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerPlan:
    """What the preview of one layer came to."""

    layer: str
    steps: tuple[Step, ...] = ()
    errors: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    """What the program logged, its warnings included."""
    outcomes: tuple[Outcome, ...] = ()
    outputs: tuple[Values, Values] = ({}, {})
    """The stack's, deployed and declared."""
    declared: tuple[PolicyResource, ...] = ()
    """Everything that stands after the change, the unchanged included."""
    deployed: tuple[PolicyResource, ...] = ()
    """Everything that stands today."""
    priced: tuple[tuple[Declared, ...], tuple[Declared, ...]] = ((), ())
    """What is paid for, today and after the change."""
    places: Mapping[str, str]
    """URN -> place in the repository."""
    unchanged: int = 0
    failed: bool = False
    new: bool = False
    """Whether nothing was deployed yet, or nothing of it can be read: everything is to create."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """The two outputs of one preview, as the engine wrote them."""

    layer: str
    digest: object
    events: Sequence[object]
    project: Path
    """The folder that the program ran in."""
    failed: bool = False
    new: bool = False
    """Whether nothing was deployed yet."""


def read_plan(preview: Preview, repository: Path) -> LayerPlan:
    """Joins the two outputs. `repository`: what places are relative to."""
    digest, events = preview.digest, preview.events
    rows = [mapping(step) for step in sequence(mapping(digest).get("steps"))]
    project = preview.project.resolve()
    places = {
        text(row.get("urn")): place_of(
            mapping(row.get("newState")) or mapping(row.get("oldState")), project, repository
        )
        for row in rows
    }
    diagnostics = [mapping(one) for one in sequence(mapping(digest).get("diagnostics"))]
    errors = [_message(one) for one in diagnostics if _is_error(one)]
    # An engine that ends before its first step tells the reason in events alone.
    logged = [mapping(mapping(event).get("diagnosticEvent")) for event in events]
    errors += [_message(one) for one in logged if _is_error(one)]
    return LayerPlan(
        layer=preview.layer,
        steps=tuple(_steps(rows, places)),
        errors=tuple(dict.fromkeys(line for line in errors if line and line != FAILED)),
        messages=tuple(dict.fromkeys(_told(diagnostics))),
        outcomes=tuple(dict.fromkeys(_outcomes(events))),
        outputs=_outputs(rows, events),
        declared=tuple(_standing(rows, "newState")),
        deployed=tuple(_standing(rows, "oldState")),
        priced=(tuple(_paid(rows, "oldState")), tuple(_paid(rows, "newState"))),
        places={urn: place for urn, place in places.items() if place},
        unchanged=sum(text(row.get("op")) == "same" and not _is_stack(row) for row in rows),
        failed=preview.failed,
        new=preview.new,
    )


def place_of(state: Values, project: Path, repository: Path) -> str:
    """Where a resource is declared: the innermost frame that lies in the repository, `path.py:12`.

    `project`: the folder that the engine's paths start from; the program may be linked into it.
    """
    frames = [
        state.get("sourcePosition"),
        *(mapping(one).get("sourcePosition") for one in sequence(state.get("stackTrace"))),
    ]
    for frame in frames:
        match = re.fullmatch(r"project:///(.+)#(\d+)(?:,\d+)?", text(frame))
        if match is None:
            continue
        path = (project / match.group(1)).resolve()
        if path.is_relative_to(repository) and not any(
            part.startswith(".") for part in path.relative_to(repository).parts
        ):
            return f"{path.relative_to(repository)}:{match.group(2)}"
    return ""


def _steps(rows: Sequence[Values], places: Mapping[str, str]) -> Iterator[Step]:
    for row in rows:
        verb = text(row.get("op"))
        if verb == "same" or verb in _HALVES or _is_stack(row):
            continue
        old, new = mapping(row.get("oldState")), mapping(row.get("newState"))
        state = new or old
        before, after = mapping(told(old.get("inputs"))), mapping(told(new.get("inputs")))
        detailed = mapping(row.get("detailedDiff"))
        forcing = [path for path, one in detailed.items() if text(mapping(one).get("kind")).endswith("-replace")]
        reasons = [text(one) for one in sequence(row.get("replaceReasons"))]
        yield Step(
            urn=text(row.get("urn")),
            type=text(state.get("type")),
            operation=Operation(verb) if verb in {one.value for one in Operation} else Operation.OTHER,
            verb=verb,
            causes=tuple(forcing or reasons),
            properties=tuple(
                _leaves(tuple(detailed) or tuple(map(text, sequence(row.get("diffReasons")))), before, after)
            ),
            before=before,
            after=after,
            custom=state.get("custom") is True,
            protected=old.get("protect") is True,
            retained=old.get("retainOnDelete") is True,
            external=old.get("external") is True,
            place=places.get(text(row.get("urn")), ""),
        )


def _leaves(paths: Sequence[str], before: Values, after: Values) -> Iterator[str]:
    """Paths of what differs: a plugin may tell no more than the name of a whole block."""
    for path in paths:
        old, new = (before.get(path), after.get(path)) if path in before and path in after else (None, None)
        if is_object(old) and is_object(new):
            blocks = mapping(old), mapping(new)
            keys = [key for key in {**blocks[0], **blocks[1]} if blocks[0].get(key) != blocks[1].get(key)]
            inner = [key if "." not in key else f'["{key}"]' for key in keys]
            deeper = _leaves(keys, *blocks) if keys == inner else inner
            yield from (f"{path}{key}" if key.startswith("[") else f"{path}.{key}" for key in deeper)
        else:
            yield path


def told(value: object) -> object:
    """A property of the digest, in which the engine writes `[secret]` for a secret: that is not known."""
    value = plain(value)
    if value == "[secret]":
        return UNKNOWN
    if is_object(value):
        return {key: told(item) for key, item in mapping(value).items()}
    items = sequence(value)
    return [told(item) for item in items] if items else value


def _standing(rows: Sequence[Values], side: str) -> Iterator[PolicyResource]:
    for row in rows:
        state = mapping(row.get(side))
        verb = text(row.get("op"))
        if state and not _is_stack(row) and verb not in _HALVES and not (side == "newState" and verb == "delete"):
            yield PolicyResource(
                kind=text(state.get("type")),
                props=mapping(told(state.get("inputs"))),
                urn=text(row.get("urn")),
                protected=state.get("protect") is True,
            )


def _paid(rows: Sequence[Values], side: str) -> Iterator[Declared]:
    """With their values as the engine writes them. What is deleted but retained is still paid for."""
    for row in rows:
        old, verb = mapping(row.get("oldState")), text(row.get("op"))
        retained = side == "newState" and verb == "delete" and old.get("retainOnDelete") is True
        state = old if retained else mapping(row.get(side))
        if not state or verb in _HALVES or (side == "newState" and verb == "delete" and not retained):
            continue
        refers = mapping(state.get("propertyDependencies"))
        yield Declared(
            urn=text(row.get("urn")),
            type=text(state.get("type")),
            inputs=mapping(state.get("inputs")),
            id=text(state.get("id")),
            refers={key: tuple(text(one) for one in sequence(urns)) for key, urns in refers.items()},
        )


def _outcomes(events: Sequence[object]) -> Iterator[Outcome]:
    for event in events:
        policy = mapping(mapping(event).get("policyEvent"))
        if rule := text(policy.get("policyName")):
            # The rule's title is the first line, as the engine writes it.
            lines = _COLOR.sub("", text(policy.get("message"))).strip().splitlines()
            yield Outcome(
                rule=rule,
                level=text(policy.get("enforcementLevel")),
                urn=text(policy.get("resourceUrn")),
                message=" ".join(" ".join(lines[1:] or lines).split()),
            )


def _told(diagnostics: Sequence[Values]) -> Iterator[str]:
    for one in diagnostics:
        message = _message(one)
        if _is_error(one) or FOUND_ON_PATH in message:
            continue
        prefix = "warning: " if text(one.get("severity")) == "warning" and not message.startswith("warning: ") else ""
        yield from (f"{prefix}{line}" for line in message.splitlines() if line.strip())


def _is_error(diagnostic: Values) -> bool:
    """Also what a program says of a user's mistake before it ends: to the engine that is a line of its output."""
    severity, message = text(diagnostic.get("severity")), _COLOR.sub("", text(diagnostic.get("message")))
    return severity == "error" or (severity == "info#err" and message.startswith("error: "))


def _message(diagnostic: Values) -> str:
    message = _COLOR.sub("", text(diagnostic.get("message"))).strip()
    # The engine's own word before the text, which the severity says.
    return message.removeprefix("error: ").removeprefix("info: ")


def _outputs(rows: Sequence[Values], events: Sequence[object]) -> tuple[Values, Values]:
    """Of the stack. The digest is written before the program tells them; events come after."""
    before: Values = {}
    after: Values = {}
    for row in rows:
        if _is_stack(row):
            before = mapping(told(mapping(row.get("oldState")).get("outputs")))
            after = mapping(told(mapping(row.get("newState")).get("outputs")))
    for event in events:
        metadata = mapping(mapping(mapping(event).get("resOutputsEvent")).get("metadata"))
        if text(metadata.get("type")) == STACK:
            before = mapping(told(mapping(metadata.get("old")).get("outputs"))) or before
            after = mapping(told(mapping(metadata.get("new")).get("outputs"))) or after
    return before, after


def _is_stack(row: Values) -> bool:
    return f"::{STACK}::" in text(row.get("urn"))
