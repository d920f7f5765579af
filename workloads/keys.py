"""The stages of a run and their keys: the digest of everything that decides what a stage writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workloads.canonical import canonical, canonical_digest
from workloads.closure import code_digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage, and what it reads."""

    name: str
    module: str
    inputs: tuple[str, ...]


STAGES = (
    Stage(name="ingest", module="workloads.pipeline.app.ingest", inputs=()),
    Stage(name="clean", module="workloads.pipeline.app.clean", inputs=("ingest",)),
    Stage(name="train", module="workloads.training.app.train", inputs=("clean",)),
    Stage(name="evaluate", module="workloads.evaluation.app.evaluate", inputs=("train", "clean")),
    Stage(name="register", module="workloads.pipeline.app.register", inputs=("evaluate", "train", "clean")),
    Stage(
        name="protect",
        module="workloads.protection.app.protect",
        inputs=("register", "train", "clean", "evaluate"),
    ),
)
"""In the order in which they can run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedStage:
    """A stage with all that decides its output."""

    stage: Stage
    code: str
    """Digest of its module's closure."""
    environment: str
    """Digest of what its code runs on: the base image."""
    recipe: Mapping[str, object]
    inputs: Mapping[str, str]
    """Keys of the stages that it reads."""

    @property
    def name(self) -> str:
        return self.stage.name

    @property
    def key(self) -> str:
        """64 hex digits."""
        return canonical_digest(
            {
                "stage": self.name,
                "code": self.code,
                "environment": self.environment,
                "recipe": self.recipe,
                "inputs": self.inputs,
            }
        )

    def spec(self, run: str, image: str) -> str:
        """The stage's own instructions, as its program reads them from the file STAGE_SPEC_FILE."""
        return canonical(
            {
                "stage": self.name,
                "key": self.key,
                "run": run,
                "inputs": self.inputs,
                "recipe": self.recipe,
                "code": self.code,
                "environment": self.environment,
                "image": image,
            }
        )


def code_of_stages(root: Path) -> dict[str, str]:
    """Digest of each stage's code, read below `root`. Raises SpecError where a module is missing."""
    return {stage.name: code_digest(root, stage.module) for stage in STAGES}


def planned(
    code: Mapping[str, str], environment: str, sections: Mapping[str, Mapping[str, object]]
) -> tuple[PlannedStage, ...]:
    """Every stage with its key, in order."""
    found: dict[str, PlannedStage] = {}
    for stage in STAGES:
        found[stage.name] = PlannedStage(
            stage=stage,
            code=code[stage.name],
            environment=environment,
            recipe=sections[stage.name],
            inputs={name: found[name].key for name in stage.inputs},
        )
    return tuple(found.values())
