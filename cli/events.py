"""What a deployment or a preview reported, gathered from the engine's events."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi.automation import events

# The engine marks colors inside its messages: `<{%fg 1%}>`.
_COLOR = re.compile(r"<\{%.*?%\}>")
_MARKS = {"create": "+", "update": "~", "delete": "-", "replace": "±", "import": "="}
_DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "import": "imported",
    "same": "unchanged",
}
# One line a resource: the steps of a replacement are its parts.
_PARTS = ("create-replacement", "delete-replaced", "discard-replaced", "read-replacement", "import-replacement")
# Said of each plugin at every run beside an engine that finds its plugins on PATH, which is how ours are found.
_FOUND_ON_PATH = "using pulumi-"


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that is not as its program declares it."""

    operation: str
    """`create`, `update`, `replace`, `delete`, `import` ..."""
    type: str
    name: str
    properties: tuple[str, ...]
    """The properties that differ."""

    def __str__(self) -> str:
        shown = f"  [{', '.join(self.properties)}]" if self.properties else ""
        return f"  {_MARKS.get(self.operation, '?')} {self.operation:<8} {self.type}  {self.name}{shown}"


@dataclass(slots=True)
class Events:
    """Collects the events of one operation; pass `receive` as `on_event`."""

    changes: list[Change] = field(default_factory=list[Change])
    messages: list[str] = field(default_factory=list[str])
    """What the program logged, its warnings included."""
    errors: list[str] = field(default_factory=list[str])
    violations: list[str] = field(default_factory=list[str])
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """Resources by operation, the unchanged included."""

    def receive(self, event: events.EngineEvent) -> None:
        """Takes one event. The stack itself is no resource that anyone declares."""
        if (before := event.resource_pre_event) and before.metadata.type != "pulumi:pulumi:Stack":
            self._change(before.metadata)
        if diagnostic := event.diagnostic_event:
            self._diagnostic(diagnostic)
        if policy := event.policy_event:
            message = " ".join(plain(policy.message).split())
            self.violations.append(f"[{policy.enforcement_level}] {policy.policy_name}: {message}")
        if summary := event.summary_event:
            self.counts = {str(getattr(op, "value", op)): count for op, count in summary.resource_changes.items()}

    def summary(self) -> str:
        """What was done, e.g. `2 created, 6 unchanged`."""
        return ", ".join(f"{count} {_DONE.get(verb, verb)}" for verb, count in self.counts.items() if count)

    def failure(self) -> str:
        """Every error and violated mandatory rule, a line each; "" where the engine reported none."""
        mandatory = [line for line in self.violations if line.startswith("[mandatory]")]
        return "\n".join([*self.errors, *mandatory])

    def report(self, stack: str) -> str:
        """A preview for its reader: changes, messages, violations, counts."""
        lines = [
            stack,
            *map(str, self.changes),
            *(f"    {line}" for line in self.messages),
            *(f"  ! {line}" for line in self.violations),
            "  " + ", ".join(f"{count} {_planned(verb)}" for verb, count in self.counts.items() if count),
        ]
        return "\n".join(lines) + "\n"

    def _change(self, step: events.StepEventMetadata) -> None:
        operation = str(step.op.value)
        if operation == "same" or operation in _PARTS:
            return
        differing = tuple(step.detailed_diff or step.diffs or ())
        self.changes.append(Change(operation, step.type, step.urn.rpartition("::")[2], differing))

    def _diagnostic(self, diagnostic: events.DiagnosticEvent) -> None:
        message = plain(diagnostic.message).strip()
        if diagnostic.ephemeral or not message or message.startswith(_FOUND_ON_PATH):
            return
        where = f"{diagnostic.urn.rpartition('::')[2]}: " if diagnostic.urn else ""
        is_stack = bool(diagnostic.urn) and "::pulumi:pulumi:Stack::" in str(diagnostic.urn)
        if diagnostic.severity == "error":
            self.errors.append(message if is_stack else f"{where}{message}")
        elif diagnostic.severity.startswith(("info", "warning")):
            prefix = "warning: " if diagnostic.severity == "warning" else ""
            self.messages += [f"{prefix}{line}" for line in message.splitlines()]


def _planned(operation: str) -> str:
    return "unchanged" if operation == "same" else f"to {operation}"


def plain(message: str) -> str:
    """A message without the engine's marks of color."""
    return _COLOR.sub("", message)
