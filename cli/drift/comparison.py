"""All that differs of an environment, layer by layer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pulumi.automation.events import EngineEvent

from cli.drift import aws, kubernetes
from cli.drift.beside import Beside
from cli.drift.findings import Difference, Finding
from cli.drift.refresh import Comparison, compared
from components.errors import FactoryError
from host.progress import Progress
from stacks.names import LAYERS


class Refreshing(Protocol):
    """The part of `cli.engine.Engine` that a comparison needs."""

    def stacks(self) -> Mapping[str, object]: ...
    def refreshed(self, layer: str) -> Sequence[EngineEvent]: ...
    def profiles(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """What was found, the weakening first, and what could not be asked."""

    env: str
    compared: tuple[str, ...]
    """The stacks that were compared."""
    findings: tuple[Finding, ...]
    unanswered: tuple[str, ...]

    @property
    def weakening(self) -> int:
        """How many weaken protection."""
        return sum(bool(one.reason) for one in self.findings)

    def document(self) -> dict[str, object]:
        """As `--json` prints it."""
        return {
            "environment": self.env,
            "compared": list(self.compared),
            "weakening": self.weakening,
            "findings": [one.document() for one in self.findings],
            "unanswered": list(self.unanswered),
        }


def drift(env: str, engine: Refreshing, kubectl: Callable[[], Path], progress: Progress) -> Drift:
    """Compares every layer that was deployed. Raises FactoryError where none was."""
    stacks = engine.stacks()
    layers = [layer for layer in LAYERS if f"{env}.{layer}" in stacks]
    if not layers:
        raise FactoryError(f"ENV = {env}: no layer of it was deployed, so there is nothing to compare; run `up` first")
    found: list[Comparison] = []
    beside = Beside()
    for layer in layers:
        name = f"{env}.{layer}"
        try:
            with progress.step(f"refresh: {name}"):
                found.append(compared(name, engine.refreshed(layer)))
        except FactoryError as error:
            # What the other layers say is worth as much without it.
            beside.unanswered.append(str(error))
    with progress.step("what stands beside what was declared"):
        for one in found:
            aws.ask(one, engine.profiles(), beside)
        if len(found) == len(layers):
            _ask_clusters(kubectl, found, beside)
        else:
            beside.unanswered.append(
                "what else is in the cluster's namespaces: a layer that was not compared may own it"
            )
    differences = [one for layer in found for one in layer.differences]
    findings = [Finding.of(one) for one in _merged(differences, beside.differences)]
    return Drift(
        env=env,
        compared=tuple(one.stack for one in found),
        findings=tuple(sorted(findings, key=lambda one: (not one.reason, LAYERS.index(one.stack.partition(".")[2])))),
        unanswered=tuple(beside.unanswered),
    )


def _ask_clusters(kubectl: Callable[[], Path], found: list[Comparison], beside: Beside) -> None:
    if not any(one.type == kubernetes.NAMESPACE for layer in found for one in layer.resources):
        return
    try:
        program = kubectl()
    except FactoryError as error:
        beside.unanswered.append(str(error))
        return
    kubernetes.ask(program, found, beside)


def _merged(refreshed: list[Difference], beside: list[Difference]) -> list[Difference]:
    """Each difference once: what a refresh says of a property, or of a resource that is gone, is not said again."""
    known = {one.key for one in refreshed}
    gone = {one.key[:3] for one in refreshed if not one.path}
    return [*refreshed, *(one for one in beside if one.key not in known and one.key[:3] not in gone)]
