"""A cluster and stores that exist already, or a cloud that the configuration names, behind the commands of every target."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from cli.engine import Engine
from cli.existing import operations
from cli.existing.options import Options, Site
from cli.home import Home
from cli.status import Status
from cli.target import Report
from components.errors import FactoryError
from host.progress import Progress
from stacks.names import NAMESPACE
from workloads.inference.spec import NAME, PORT


@dataclass(frozen=True, slots=True)
class ExistingTarget:
    """A Kubernetes and S3-compatible stores of the user's own."""

    site: Site

    @classmethod
    def of(cls, options: Options) -> "ExistingTarget":
        """Raises SpecError for options and configuration that describe no site."""
        return cls(operations.site_of(options))

    @property
    def env(self) -> str:
        return self.site.env

    def up(self, recipe: str, progress: Progress, *, refresh: bool) -> Report:
        outcome = operations.up(self.site, progress, recipe, refresh=refresh)
        found = operations.status(self.site, progress)
        forward = (
            f"kubectl --kubeconfig {self.site.kubeconfig} --namespace {NAMESPACE} port-forward service/{NAME} {PORT}"
        )
        closed = found.endpoint.startswith("http://127.0.0.1:")
        hint = f"\nNo node port answers here: `{forward}` opens the way again." if closed else ""
        return Report(changes=outcome.changes, outcome=outcome, status=found, hint=hint)

    def preview(self, recipe: str, progress: Progress) -> Mapping[str, str]:
        return operations.preview(self.site, progress, recipe)

    def status(self, progress: Progress) -> Status:
        return operations.status(self.site, progress)

    def planned(self, recipe: str, progress: Progress) -> Engine:
        return operations.planned(self.site, progress, recipe)

    def deployed(self, progress: Progress) -> AbstractContextManager[Engine]:
        return operations.deployed(self.site, progress)

    def check(self, progress: Progress) -> str:
        """Asks cluster and stores whether they can carry a factory. Raises SpecError with all that they lack."""
        operations.check(self.site)
        return f"{self.env}: the cluster and the stores can carry the factory"

    def folders(self) -> tuple[Path, ...]:
        return (Home.of_site(self.env).root,)


@dataclass(frozen=True, slots=True)
class CloudTarget:
    """An environment that is made at a cloud: all of its configuration is the repository's."""

    env: str

    def up(self, recipe: str, progress: Progress, *, refresh: bool) -> Report:
        self._refuse_recipe(recipe)
        return Report(changes=operations.deploy(self.env, progress, refresh=refresh))

    def preview(self, recipe: str, progress: Progress) -> Mapping[str, str]:
        self._refuse_recipe(recipe)
        return operations.preview_cloud(self.env, progress)

    def status(self, progress: Progress) -> Status:
        del progress
        raise FactoryError(
            f"ENV = {self.env}: it is made at a cloud; `up` and `preview` are its commands, and pulumi's own"
        )

    def planned(self, recipe: str, progress: Progress) -> Engine:
        self._refuse_recipe(recipe)
        return operations.planned_cloud(self.env, progress)

    def deployed(self, progress: Progress) -> AbstractContextManager[Engine]:
        return operations.deployed_cloud(self.env, progress)

    def folders(self) -> tuple[Path, ...]:
        return (Home.of_site(self.env).root,)

    def _refuse_recipe(self, recipe: str) -> None:
        if recipe:
            raise FactoryError(
                f"--recipe = {recipe}: an environment at a cloud is configured in the repository alone; "
                f"set aifactory:recipe in stacks/config/Pulumi.{self.env}.workloads.yaml"
            )
