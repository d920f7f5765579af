"""What a run will do again: which of its stages left their manifests already."""

from collections.abc import Callable

from workloads.plan import Run

Exists = Callable[[str], bool]
"""Whether there is an object at a path of the object store."""


def manifest_path(stage: str, key: str) -> str:
    """Where a finished stage leaves its manifest."""
    return f"stages/{stage}/{key}/manifest.json"


def to_run(run: Run, exists: Exists) -> tuple[str, ...]:
    """Names of the stages that will run, in order."""
    return tuple(stage.name for stage in run.stages if not exists(manifest_path(stage.name, stage.key)))


def describe(run: Run, exists: Exists) -> str:
    """One line for a preview's reader."""
    again = to_run(run, exists)
    kept = [stage.name for stage in run.stages if stage.name not in again]
    parts = [f"will run {', '.join(again)}" if again else "nothing runs", f"{', '.join(kept)} stand" if kept else ""]
    return f"run {run.digest[:12]}: " + "; ".join(part for part in parts if part)
