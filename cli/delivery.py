"""What every target's `up` does once its cluster and stores stand: deploy, wait for the run, promote, ask the model."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from cli import serving
from cli.engine import Engine
from cli.home import Home
from cli.promotion import promote, promoted
from cli.runs import Lifecycle
from cli.serving import Endpoints
from host.progress import Progress
from stacks.names import LAYERS


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What an `up` ended with."""

    changes: dict[str, str]
    """Pulumi's summary by layer."""
    prompt: str
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A factory on what exists."""

    home: Home
    project: Engine
    lifecycle: Lifecycle
    reach: Callable[[], AbstractContextManager[Endpoints]]
    """Opens the way from this machine to what is served, once it is deployed."""
    images: Callable[[], None]
    """Returns when the images that workloads run are where the cluster finds them; the layers below need none."""
    pinned: str = ""
    """The model to serve where configuration says so and promotion is a pull request; "" where the run's is promoted at once."""

    def up(self, progress: Progress, recipe: str = "", *, refresh: bool = False) -> Outcome:
        """Deploys the layers, waits for the run and asks the model that came out. Raises FactoryError.

        `refresh`: whether what the state remembers of vault and platform is looked at again.
        """
        project = self.project
        project.write(recipe)
        changes = {layer: project.up(layer, progress, refresh=refresh) for layer in LAYERS if layer != "workloads"}
        self.images()
        changes["workloads"] = project.up("workloads", progress, refresh=self.lifecycle.forget_failed())
        declared = project.outputs("workloads").get("run")
        if declared and not self.lifecycle.exists(declared):
            changes["workloads"] = project.up("workloads", progress, refresh=True)
        run = self.lifecycle.wait(declared, progress)
        model = self.pinned or str(run.metric("register", "model"))
        if not self.pinned and model != promoted(self.home):
            promote(self.home, model)
            project.write(recipe)
            changes["workloads"] = project.up("workloads", progress)
        with self.reach() as endpoints:
            with progress.step("serving: the model answers"):
                endpoints.wait(model)
                answer = endpoints.complete(serving.PROMPT)
            with progress.step("serving: the answer is on record in the vault"):
                endpoints.wait_for_records()
        return Outcome(changes=changes, prompt=serving.PROMPT, answer=answer)
