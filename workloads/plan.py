"""A whole run, planned: every stage with its key, and the run's own name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from components.document import load
from workloads.canonical import canonical_digest
from workloads.images import Images
from workloads.keys import PlannedStage, code_of_stages, planned
from workloads.recipe import Recipe

RECIPES = Path(__file__).parent / "pipeline" / "recipes"
# The folder that holds the package `workloads`, as keys name its files.
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A run: the same code, recipe, base and sources have the same digest."""

    recipe: Recipe
    stages: tuple[PlannedStage, ...]
    image: str

    @classmethod
    def plan(cls, recipe: Recipe, images: Images, retention_days: int) -> Self:
        """Reads the code of the stages and gives each its key. Raises SpecError where a module is missing."""
        stages = planned(code_of_stages(ROOT), images.environment, recipe.sections(retention_days))
        return cls(recipe=recipe, stages=stages, image=images.workloads)

    @property
    def digest(self) -> str:
        """64 hex digits over the keys of all stages."""
        return canonical_digest({stage.name: stage.key for stage in self.stages})

    @property
    def name(self) -> str:
        """The run's name in Kubernetes."""
        return f"run-{self.digest[:12]}"

    def instructions(self, stage: PlannedStage) -> str:
        """What the stage's program reads from the file STAGE_SPEC_FILE."""
        return stage.spec(self.digest, self.image)


def recipe_of(name: str, source: str) -> Recipe:
    """A recipe by its name under `pipeline/recipes`, or by the path of its file.

    Raises SpecError with every violation of the recipe, or where there is no such file.
    """
    path = Path(name) if "/" in name else RECIPES / f"{name}.yaml"
    known = ", ".join(sorted(path.stem for path in RECIPES.glob("*.yaml")))
    document = load(path, "Recipe", "recipe", f"name one of {known}, or a path")
    return Recipe.parse(document, source=source)
