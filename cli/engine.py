"""Runs Pulumi on the stacks of one environment, through its Automation API."""

import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pulumi import automation
from pulumi.automation.events import EngineEvent
from rich.markup import escape

from cli import project
from cli.backends import Backend
from cli.events import Events
from cli.home import Home
from cli.policy_config import config_path, pack_config
from components.errors import FactoryError
from host.cache import REPOSITORY
from host.progress import Progress
from host.shell import run
from stacks.names import LAYERS
from toolchain.install import Toolchain

POLICIES = REPOSITORY / "policies"

Result = TypeVar("Result")


class Engine(ABC):
    """The stacks of one environment, which a subclass configures."""

    MOTO = False
    """Whether its AWS is moto."""

    def __init__(self, home: Home, env: str, pulumi: Path, backends: Mapping[str, Backend] | None = None) -> None:
        """`backends`: of each layer; where there are none, state and passphrase stay in `home`."""
        self._home = home
        self._env = env
        self._pulumi = pulumi
        self._backends = backends or {}

    @abstractmethod
    def settings(self, layer: str) -> dict[str, str]:
        """What this target adds to the layer's configuration of the repository."""

    @abstractmethod
    def profiles(self) -> Mapping[str, str]:
        """Environment variables by which the program and its plugins find the AWS profiles that are configured."""

    def write(self, recipe: str = "") -> None:
        """Writes the project and each stack's configuration; `recipe`, where not empty, replaces the configured one.

        Raises FactoryError where the environment configures the policy pack wrongly.
        """
        pack_config("", self._env)
        project.write(self._home, self._env, {layer: self.settings(layer) for layer in LAYERS}, recipe)

    def up(self, layer: str, progress: Progress, *, refresh: bool = False) -> str:
        """Deploys a layer under the policies. Returns the counts of changes, e.g. `12 unchanged`. Raises FactoryError."""
        with progress.step(f"pulumi: {self._env}.{layer}"):
            # Before anything else: a state that a killed engine left unreadable cannot even be selected.
            recovered = self._recover(layer, progress)
            stack = self._select(layer)
            found = Events()

            def deploy() -> None:
                nonlocal found
                found = Events()
                with (self._home.logs / f"pulumi-{layer}.log").open("w") as log:
                    stack.up(
                        refresh=refresh or recovered,
                        policy_packs=[str(POLICIES)],
                        policy_pack_configs=self._policy_configs(),
                        show_secrets=False,
                        color="never",
                        on_event=found.receive,
                        on_output=lambda line: print(line, file=log),
                    )

            self._attempt(layer, deploy, lambda: found)
        return found.summary()

    def preview(self, layer: str) -> str:
        """What an `up` of the layer would change. Raises FactoryError."""
        stack = self._select(layer)
        found = Events()

        def look() -> None:
            nonlocal found
            found = Events()
            stack.preview(
                policy_packs=[str(POLICIES)],
                policy_pack_configs=self._policy_configs(),
                color="never",
                on_event=found.receive,
            )

        self._attempt(layer, look, lambda: found)
        return found.report(f"{self._env}.{layer}")

    def invoke(
        self, layer: str, *arguments: str, folder: Path | None = None, state: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs Pulumi as its command, for what the Automation API does not tell; its output and status are the caller's to read.

        `folder`, `state`: another project's folder and where its state is, in place of the layer's own.
        """
        command = [str(self._pulumi), *arguments, "--non-interactive", "--color", "never"]
        environment = {**os.environ, **self._environment(layer), **(state or {})}
        return subprocess.run(
            command, cwd=folder or self._home.project, env=environment, capture_output=True, text=True, check=False
        )

    @property
    def folder(self) -> Path:
        """The folder of the project."""
        return self._home.project

    @property
    def env(self) -> str:
        """Name of the environment."""
        return self._env

    def policy_arguments(self) -> list[str]:
        """What makes Pulumi's command judge by the pack, as the environment configures it."""
        configs = [part for config in self._policy_configs() for part in ("--policy-pack-config", config)]
        return ["--policy-pack", str(POLICIES), *configs]

    def refreshed(self, layer: str) -> Sequence[EngineEvent]:
        """The events of comparing a deployed layer with what stands. Nothing is changed, the state neither.

        Raises FactoryError, also where the layer was never deployed.
        """
        name, workspace = f"{self._env}.{layer}", self._workspace(layer)
        # No preview of the program: a stack that is not there is not made.
        stack = self._attempt(layer, lambda: automation.Stack.select(name, workspace))
        seen: list[EngineEvent] = []
        found = Events()

        def look() -> None:
            nonlocal found
            found = Events()
            seen.clear()

            def receive(event: EngineEvent) -> None:
                found.receive(event)
                seen.append(event)

            stack.preview_refresh(color="never", show_secrets=False, on_event=receive)

        self._attempt(layer, look, lambda: found)
        return seen

    def stacks(self) -> dict[str, dict[str, object]]:
        """Count of resources and last update of every stack that was deployed."""
        if not self._backends and not (self._home.state / "pulumi").exists():
            return {}
        # A layer for each backend, of which most are the same.
        asked = {self._backends[layer].url: layer for layer in self._backends} or {"": "vault"}
        listed = [one for layer in asked.values() for one in self._attempt(layer, self._workspace(layer).list_stacks)]
        return {
            one.name: {
                "resources": one.resource_count or 0,
                "last_update": one.last_update.isoformat() if one.last_update else "",
            }
            for one in listed
        }

    def outputs(self, layer: str) -> dict[str, object]:
        """What the layer's stack exports; empty where it was never deployed."""
        name = f"{self._env}.{layer}"
        if name not in self.stacks():
            return {}
        workspace = self._workspace(layer)
        found = self._attempt(layer, lambda: workspace.stack_outputs(name))
        return {key: output.value for key, output in found.items()}

    def states(self) -> dict[str, object]:
        """The state of every layer that was deployed, by its stack's name, as `pulumi stack export` writes it."""
        names = self.stacks()
        return {
            name: {"deployment": self._attempt(layer, lambda name=name, layer=layer: self._export(layer, name))}
            for layer in LAYERS
            if (name := f"{self._env}.{layer}") in names
        }

    def _export(self, layer: str, name: str) -> Mapping[str, object]:
        return self._workspace(layer).export_stack(name).deployment or {}

    def _policy_configs(self) -> list[str]:
        found = config_path(self._env)
        return [str(found)] if found else []

    def _select(self, layer: str) -> automation.Stack:
        name, workspace = f"{self._env}.{layer}", self._workspace(layer)
        return self._attempt(layer, lambda: automation.Stack.create_or_select(name, workspace))

    def _recover(self, layer: str, progress: Progress) -> bool:
        """Recovers what a killed deployment left, and prints what; returns whether there was any.

        Raises FactoryError where that cannot be.
        """
        command = [sys.executable, "-m", "stacks.recovery", f"{self._env}.{layer}", "--pulumi", self._pulumi]
        lines = run(command, cwd=self._home.project, env=self._environment(layer)).splitlines()
        for line in lines:
            progress.say(escape(f"         {line}"))
        return bool(lines)

    def _attempt(self, layer: str, operation: Callable[[], Result], reported: Callable[[], Events] = Events) -> Result:
        """Runs an operation; what the engine refused becomes a FactoryError of what it reported."""
        try:
            return operation()
        except automation.CommandError as error:
            # Also a command that only looks cannot read a state whose note a killed engine left half-written.
            notes = [sys.executable, "-m", "stacks.recovery", f"{self._env}.{layer}", "--notes"]
            if "EOF" not in str(error) or not run(notes, cwd=self._home.project, env=self._environment(layer)):
                raise self._failure(layer, error, reported()) from error
        try:
            return operation()
        except automation.CommandError as error:
            raise self._failure(layer, error, reported()) from error

    def _failure(self, layer: str, error: automation.CommandError, reported: Events) -> FactoryError:
        """Of an engine that ended before its first event, what it wrote instead."""
        text = reported.failure() or str(error).strip()
        shown = "\n    ".join(text.splitlines())
        return FactoryError(f"pulumi on {self._env}.{layer} failed; all of it in {self._home.logs}:\n    {shown}")

    def _workspace(self, layer: str) -> automation.LocalWorkspace:
        backend = self._backends.get(layer)
        return automation.LocalWorkspace(
            work_dir=str(self._home.project),
            pulumi_home=str(self._home.state / "pulumi-home"),
            env_vars=self._environment(layer),
            secrets_provider=backend.secrets_provider if backend else None,
            pulumi_command=self._command,
        )

    @cached_property
    def _command(self) -> automation.PulumiCommand:
        # The SDK looks for `bin/pulumi` below a folder; an engine on PATH may lie elsewhere.
        command = automation.PulumiCommand(str(self._pulumi.parent.parent), skip_version_check=True)
        command.command = str(self._pulumi)
        return command

    def _environment(self, layer: str) -> Mapping[str, str]:
        served = plugins(self._pulumi, moto=self.MOTO)
        path = os.pathsep.join([served, str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {
            **self.profiles(),
            **self._state(layer),
            "PATH": path,
            "AIFACTORY_PYTHON": sys.executable,
            "PYTHONPATH": str(REPOSITORY),
            "PULUMI_HOME": str(self._home.state / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # The engine that is built here is older than the SDK that drives it; tests hold that they agree.
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "1",
        }

    def _state(self, layer: str) -> dict[str, str]:
        """Where the layer's state is, and what opens the secrets in it: a team's passphrase is in its own environment."""
        if backend := self._backends.get(layer):
            return {"PULUMI_BACKEND_URL": backend.url}
        self._home.secret("passphrase")
        folder = self._home.state / "pulumi"
        folder.mkdir(exist_ok=True)
        return {
            "PULUMI_BACKEND_URL": f"file://{folder}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self._home.credentials / "passphrase"),
        }


def plugins(pulumi: Path, *, moto: bool) -> str:
    """Folders, as of PATH, of the language host and the plugins that an engine has not got itself.

    `moto`: AWS is one that answers less than the official plugin asks, so that the lab's own serves its types.
    """
    official = is_official(pulumi)
    folders = [Toolchain().folder("pulumi-kubernetes")]
    if not official:
        folders.append(REPOSITORY / "pulumi_plugin")
    if moto or not official:
        folders.append(REPOSITORY / "lab" / "plugins")
    return os.pathsep.join(str(folder / "bin") for folder in folders)


def is_official(pulumi: Path) -> bool:
    """Whether an engine has its publisher's language host, and finds official plugins itself; one that is built here has ours."""
    return (pulumi.resolve().parent / "pulumi-language-python").exists()
