"""The run that a stack declares: where it stands, waiting for its end, and what came out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.markup import escape

from cli.clock import Clock, SystemClock
from cli.objects import Objects
from cli.pods import endings, stuck
from components.errors import FactoryError
from host.documents import Values, mapping, sequence
from host.progress import Progress, elapsed
from host.shell import run
from stacks.names import NAMESPACE
from workloads.keys import STAGES
from workloads.pipeline.workflow import RUN_LABEL, STAGE_LABEL

# Seconds between two looks: short at first, because a run that exists ends at once; a long one is not asked for every second.
FIRST_PACE, LAST_PACE = 1.0, 10.0
# Seconds after which a run says again what it does.
REPORT = 60.0
# Seconds for which cluster or store may not answer before a command gives up waiting.
SILENCE = 300.0
ENDED = ("Succeeded", "Failed", "Error")
EXECUTOR = ("time=", "Error: exit status")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage of the run."""

    name: str
    state: str
    """`succeeded`, `reused` (an earlier run made it), `running`, `pending` or `failed`."""
    key: str
    seconds: float | None
    """How long it took; None before it ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """The declared run."""

    digest: str
    phase: str
    """Argo's phase of the Workflow; "" where there is none."""
    message: str
    stages: tuple[Stage, ...]
    manifests: dict[str, Values]
    """Of the stages that finished."""

    def metric(self, stage: str, name: str) -> object:
        """What a finished stage measured; None where it did not finish."""
        return mapping(mapping(self.manifests.get(stage)).get("metrics")).get(name)


class Lifecycle:
    """The runs of one factory."""

    def __init__(self, kubectl: Sequence[str | Path], objects: Objects, clock: Clock | None = None) -> None:
        """`kubectl`: the program and the options that lead to the cluster."""
        self._clock = clock or SystemClock()
        self._kubectl = [*kubectl, "--namespace", NAMESPACE]
        self._objects = objects

    def look(self, declared: object) -> Run | None:
        """The run that the stack's output `run` names; None where there is none yet."""
        digest = str(mapping(declared).get("digest", ""))
        if not digest:
            return None
        keys = {name: str(key) for name, key in mapping(mapping(declared).get("stages")).items()}
        workflow = self._workflow(digest)
        status = mapping(workflow.get("status"))
        nodes = {str(mapping(node).get("displayName")): mapping(node) for node in mapping(status.get("nodes")).values()}
        stages: list[Stage] = []
        manifests: dict[str, Values] = {}
        # An output is sorted by name; a reader expects the order in which stages run.
        for name, key in ((stage.name, keys[stage.name]) for stage in STAGES if stage.name in keys):
            manifest = self._objects.document(f"stages/{name}/{key}/manifest.json")
            if manifest is not None:
                manifests[name] = manifest
            stages.append(_stage(name, key, digest, manifest, nodes.get(name, {})))
        return Run(
            digest=digest,
            phase=str(status.get("phase", "")),
            message=str(status.get("message", "")),
            stages=tuple(stages),
            manifests=manifests,
        )

    def exists(self, declared: object) -> bool:
        """Whether the cluster has the declared run. A state does not notice that somebody removed it there."""
        return bool(self._workflow(str(mapping(declared).get("digest", ""))))

    def wait(self, declared: object, progress: Progress) -> Run:
        """Waits for the run's end, however long it takes, and says meanwhile what its stages do and what its pods wait for.

        The run goes on without whoever waits: another `wait` takes up from there. Raises FactoryError with what the failed stage
        said, or where cluster or store stopped answering.
        """
        found = self.look(declared)
        if found is None:
            raise FactoryError("the layer workloads declares no run; run `make up` again")
        with progress.step(f"run {found.digest[:12]}"):
            try:
                found = self._until_ended(declared, found, progress)
            except KeyboardInterrupt:
                progress.say(escape(f"         {goes_on(found)}"))
                raise
            if found.phase != "Succeeded":
                raise FactoryError(self._explain(found))
        return found

    def _until_ended(self, declared: object, found: Run, progress: Progress) -> Run:
        began = answered = reported = self._clock.now()
        shown: set[str] = set()

        def show(line: str) -> None:
            if line not in shown:
                shown.add(line)
                progress.say(f"         {line}")

        while True:
            for stage in found.stages:
                if stage.state != "pending":
                    took = f"[dim] {elapsed(stage.seconds)}[/]" if stage.seconds is not None else ""
                    show(f"{stage.name}: {stage.state}{took}")
            if found.phase in ENDED:
                return found
            if self._clock.now() - reported >= REPORT:
                reported = self._clock.now()
                for line in self._report(found):
                    show(escape(line))
            self._clock.pause(min(LAST_PACE, FIRST_PACE + (self._clock.now() - began) / REPORT))
            try:
                found = self.look(declared) or found
                gone = not found.phase and not self.exists(declared)
            except (FactoryError, BotoCoreError, ClientError) as error:
                # A run of days outlives a restart of the API server and a network that is away for a moment.
                if self._clock.now() - answered >= SILENCE:
                    raise FactoryError(
                        f"{goes_on(found)}\n    cluster or store has not answered for {elapsed(SILENCE)}: {error}"
                    ) from error
                continue
            if gone:
                raise FactoryError(
                    f"run {found.digest[:12]}: its Workflow was removed from the cluster; `aifactory up` begins it again, "
                    "and stages that ended are reused"
                )
            answered = self._clock.now()

    def _report(self, found: Run) -> list[str]:
        """What the run does: the last line of each running stage, and the pods that wait for something."""
        lines: list[str] = []
        try:
            for stage in found.stages:
                if stage.state == "running" and (words := self._words(found, stage.name, 1)):
                    lines.append(words[-1] if words[-1].startswith(f"{stage.name}:") else f"{stage.name}: {words[-1]}")
            lines += stuck(self._pods(f"{RUN_LABEL}={found.digest[:12]}"), datetime.now(UTC))
        except FactoryError:
            # A pod that has just been made has no log yet; what cannot be asked at all is noticed by the next look.
            pass
        if not found.phase:
            lines.append("no controller has begun the run: is Argo's workflow-controller running, for this namespace?")
        return lines

    def forget_failed(self) -> bool:
        """Removes runs that failed, so that the next deployment begins them again; whether there were any."""
        printed = run([*self._kubectl, "get", "workflows", "--output", "json", "--ignore-not-found"])
        items = sequence(mapping(json.loads(printed or "{}")).get("items"))
        failed = [
            str(mapping(mapping(item).get("metadata")).get("name"))
            for item in items
            if mapping(mapping(item).get("status")).get("phase") in ("Failed", "Error")
        ]
        if failed:
            run([*self._kubectl, "delete", "workflows", *failed, "--cascade=foreground"])
        return bool(failed)

    def _workflow(self, digest: str) -> Values:
        name = f"workflow/run-{digest[:12]}"
        printed = run([*self._kubectl, "get", name, "--output", "json", "--ignore-not-found"])
        return mapping(json.loads(printed)) if printed.strip() else {}

    def _pods(self, selector: str) -> Values:
        return mapping(json.loads(run([*self._kubectl, "get", "pods", "--selector", selector, "--output", "json"])))

    def _words(self, found: Run, stage: str, count: int) -> list[str]:
        """The last lines that each of the stage's pods printed."""
        output = run(
            [*self._kubectl, "logs", "--selector", selector_of(found, stage), "--container", "main", f"--tail={count}"]
        )
        # Argo's executor adds lines of its own to what the stage's program says.
        return [line for line in output.splitlines() if not line.startswith(EXECUTOR)]

    def _explain(self, found: Run) -> str:
        lines = [f"run {found.digest[:12]} {found.phase}: {found.message}"]
        for stage in found.stages:
            if stage.state == "failed":
                own = self._words(found, stage.name, 8)
                words = [*endings(stage.name, self._pods(selector_of(found, stage.name))), *own]
                lines += [f"    {stage.name}: {line}" for line in dict.fromkeys(words)]
        return "\n".join(lines)


def selector_of(found: Run, stage: str) -> str:
    """What the labels of the stage's pods are, on one pod and on many."""
    return f"{RUN_LABEL}={found.digest[:12]},{STAGE_LABEL}={stage}"


def goes_on(found: Run) -> str:
    """What becomes of a run that nobody waits for any longer."""
    name = found.digest[:12]
    return (
        f"run {name} goes on in the cluster; the same command waits for it again, and "
        f"`kubectl --namespace {NAMESPACE} delete workflow run-{name}` ends it"
    )


def _stage(name: str, key: str, digest: str, manifest: Values | None, node: Values) -> Stage:
    if manifest is not None:
        began, ended = (datetime.fromisoformat(str(manifest[at])) for at in ("started", "finished"))
        own = manifest.get("run") == digest
        return Stage(
            name=name,
            state="succeeded" if own else "reused",
            key=key,
            seconds=(ended - began).total_seconds() if own else None,
        )
    phase = str(node.get("phase", "Pending"))
    state = {"Running": "running", "Failed": "failed", "Error": "failed"}.get(phase, "pending")
    return Stage(name=name, state=state, key=key, seconds=None)
