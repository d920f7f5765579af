"""The run that a stack declares: where it stands, waiting for its end, and what came out."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

from cli.objects import Objects
from components.errors import FactoryError
from host.documents import Values, mapping, sequence
from host.progress import Progress, elapsed
from host.shell import run
from stacks.names import NAMESPACE
from workloads.keys import STAGES

PACE = 1.0
# Seconds that a run may take: the lab's own takes about five minutes.
PATIENCE = 3600
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

    def __init__(self, kubectl: Sequence[str | Path], objects: Objects) -> None:
        """`kubectl`: the program and the options that lead to the cluster."""
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

    def wait(self, declared: object, progress: Progress) -> Run:
        """Waits for the run's end, saying each stage's. Raises FactoryError with what the failed stage said."""
        said: set[str] = set()
        paced = Event()
        found = self.look(declared)
        if found is None:
            raise FactoryError("the layer workloads declares no run; run `make up` again")
        with progress.step(f"run {found.digest[:12]}"):
            for _ in range(int(PATIENCE / PACE)):
                for stage in found.stages:
                    if stage.state in ("succeeded", "reused", "failed") and stage.name not in said:
                        said.add(stage.name)
                        took = f" {elapsed(stage.seconds)}" if stage.seconds is not None else ""
                        progress.say(f"         {stage.name}: {stage.state}[dim]{took}[/]")
                if found.phase in ENDED:
                    break
                paced.wait(PACE)
                found = self.look(declared) or found
            if found.phase != "Succeeded":
                raise FactoryError(self._explain(found))
        return found

    def forget_failed(self) -> bool:
        """Removes runs that failed, so that the next deployment begins them again; whether there were any."""
        said = run([*self._kubectl, "get", "workflows", "--output", "json", "--ignore-not-found"])
        items = sequence(mapping(json.loads(said or "{}")).get("items"))
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
        said = run([*self._kubectl, "get", name, "--output", "json", "--ignore-not-found"])
        return mapping(json.loads(said)) if said.strip() else {}

    def _explain(self, found: Run) -> str:
        if found.phase not in ENDED:
            return f"run {found.digest[:12]}: not ended after {PATIENCE} s; `kubectl --namespace {NAMESPACE} get pods`"
        lines = [f"run {found.digest[:12]} {found.phase}: {found.message}"]
        for stage in found.stages:
            if stage.state == "failed":
                labels = f"aifactory/run={found.digest[:12]},aifactory/stage={stage.name}"
                said = run([*self._kubectl, "logs", "--selector", labels, "--container", "main", "--tail", "8"])
                pods = json.loads(run([*self._kubectl, "get", "pods", "--selector", labels, "--output", "json"]))
                # Argo's executor adds lines of its own to what the stage's program says.
                own = [line for line in said.splitlines() if not line.startswith(EXECUTOR)]
                words = [*endings(stage.name, mapping(pods)), *own]
                lines += [f"    {stage.name}: {line}" for line in dict.fromkeys(words)]
        return "\n".join(lines)


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


def endings(stage: str, pods: Values) -> Iterator[str]:
    """Why the cluster ended a stage's pods, where it was not their program's own doing."""
    for pod in map(mapping, sequence(pods.get("items"))):
        status = mapping(pod.get("status"))
        if reason := status.get("reason"):
            yield f"{reason}: {status.get('message', '')}"
        containers = {
            str(mapping(one).get("name")): mapping(one) for one in sequence(mapping(pod.get("spec")).get("containers"))
        }
        for container in map(mapping, sequence(status.get("containerStatuses"))):
            for state in ("state", "lastState"):
                if mapping(mapping(container.get(state)).get("terminated")).get("reason") == "OOMKilled":
                    resources = mapping(containers.get(str(container.get("name")), {}).get("resources"))
                    limit = mapping(resources.get("limits")).get("memory", "")
                    yield f"OOMKilled: it took more memory than its limit of {limit}; raise resources.{stage}.memory_gib in the recipe"
