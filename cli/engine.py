"""Pulumi projects of our own: the repository's program, with configuration and state in a folder beside it."""

import json
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rich.markup import escape

from cli.backends import Backend
from cli.home import Home
from components.errors import FactoryError
from host.cache import REPOSITORY
from host.progress import Progress
from host.shell import run
from stacks.settings import LAYERS

# What stands in for the language host and the plugins of an engine that was built from source.
PLUGINS = os.pathsep.join(str(REPOSITORY / folder / "bin") for folder in ("pulumi_plugin", "lab/plugins"))
# What the program is made of; linked, so that a lab always runs the tree as it is.
LINKED = ("stacks/__main__.py", "components", "workloads")
# Lines that say what every run of the engine says.
NOISE = re.compile(
    r"warning: using pulumi-|^Loading policy packs|^    pulumi:pulumi:Stack \S+ +\d+ warnings?(; \d+ messages?)?$"
)
# Of diagnostics, when all of them were noise.
EMPTY = re.compile(r"^Diagnostics:\n  \S+ \(\S+\):\n\n(?!    )", re.MULTILINE)
POLICED = ("--policy-pack", str(REPOSITORY / "policies"))


def link_program(folder: Path) -> None:
    """Makes the repository's program that of the project in `folder`."""
    # A folder of its own, not a link: a program that looks for its project from where it runs finds this one.
    entry = folder / "stacks"
    if entry.is_symlink():
        entry.unlink()
    entry.mkdir(exist_ok=True)
    for name in LINKED:
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(REPOSITORY / name)


class Engine(ABC):
    """Runs Pulumi on the stacks of one environment, which a subclass configures."""

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
        """Writes the project and each stack's configuration, keeping what Pulumi itself wrote there.

        `recipe`, where not empty, replaces the one that the stack is configured by.
        """
        folder, config = self._home.project, self._home.project / "config"
        config.mkdir(parents=True, exist_ok=True)
        project = cast("dict[str, object]", yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "stackConfigDir": "config"}, sort_keys=False))
        link_program(folder)
        for layer in LAYERS:
            path = config / f"Pulumi.{self._env}.{layer}.yaml"
            kept = _load(path)
            added = {f"aifactory:{key}": value for key, value in self.settings(layer).items()}
            settings = {**declared(layer, self._env), **added}
            if recipe and layer == "workloads":
                settings["aifactory:recipe"] = recipe
            path.write_text(yaml.safe_dump({**kept, "config": settings}, sort_keys=False))

    def up(self, layer: str, progress: Progress, *, refresh: bool = False) -> str:
        """Deploys a layer under the policies. Returns Pulumi's own summary of changes, e.g. `12 unchanged`."""
        with progress.step(f"pulumi: {self._env}.{layer}"):
            # Before anything else: a state that a killed engine left unreadable cannot even be selected.
            recovered = self._recover(layer, progress)
            self._select(layer)
            options = ["--yes", "--skip-preview", *(["--refresh"] if refresh or recovered else [])]
            said = self._run(layer, "up", *options, *POLICED, "--stack", f"{self._env}.{layer}")
            (self._home.logs / f"pulumi-{layer}.log").write_text(said)
        summary = said.rpartition("Resources:")[2].partition("Duration:")[0]
        return ", ".join(line.strip() for line in summary.splitlines() if line.strip())

    def preview(self, layer: str) -> str:
        """What an `up` of the layer would change."""
        self._select(layer)
        return legible(self._run(layer, "preview", *POLICED, "--suppress-progress", "--stack", f"{self._env}.{layer}"))

    def stacks(self) -> dict[str, dict[str, object]]:
        """Count of resources and last update of every stack that was deployed."""
        if not self._backends and not (self._home.state / "pulumi").exists():
            return {}
        # A layer for each backend, of which most are the same.
        asked = {self._backends[layer].url: layer for layer in self._backends} or {"": "vault"}
        listed = [
            entry
            for layer in asked.values()
            for entry in cast("list[dict[str, object]]", json.loads(self._run(layer, "stack", "ls", "--json")))
        ]
        return {
            str(entry["name"]): {
                "resources": entry.get("resourceCount", 0),
                "last_update": entry.get("lastUpdate", ""),
            }
            for entry in listed
        }

    def outputs(self, layer: str) -> dict[str, object]:
        """What the layer's stack exports; empty where it was never deployed."""
        stack = f"{self._env}.{layer}"
        if stack not in self.stacks():
            return {}
        return cast("dict[str, object]", json.loads(self._run(layer, "stack", "output", "--json", "--stack", stack)))

    def _select(self, layer: str) -> None:
        backend = self._backends.get(layer)
        encrypted = ("--secrets-provider", backend.secrets_provider) if backend else ()
        self._run(layer, "stack", "select", "--create", *encrypted, f"{self._env}.{layer}")

    def _recover(self, layer: str, progress: Progress) -> bool:
        """Makes good what a killed deployment left, and says what; returns whether there was any.

        Raises FactoryError where that cannot be.
        """
        command = [sys.executable, "-m", "stacks.recovery", f"{self._env}.{layer}", "--pulumi", self._pulumi]
        lines = run(command, cwd=self._home.project, env=self._environment(layer)).splitlines()
        for line in lines:
            progress.say(escape(f"         {line}"))
        return bool(lines)

    def _run(self, layer: str, *arguments: str) -> str:
        command = [self._pulumi, *arguments, "--non-interactive", "--color=never"]
        folder, environment = self._home.project, self._environment(layer)
        try:
            return run(command, cwd=folder, env=environment, excerpt=_diagnostics)
        except FactoryError as error:
            # Also a command that only looks cannot read a state whose note a killed engine left half-written.
            notes = [sys.executable, "-m", "stacks.recovery", f"{self._env}.{layer}", "--notes"]
            if "EOF" not in str(error) or not run(notes, cwd=folder, env=environment):
                raise
        return run(command, cwd=folder, env=environment, excerpt=_diagnostics)

    def _environment(self, layer: str) -> Mapping[str, str]:
        parts = [] if is_official(self._pulumi) else [PLUGINS]
        path = os.pathsep.join([*parts, str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {
            **self.profiles(),
            **self._state(layer),
            "PATH": path,
            "AIFACTORY_PYTHON": sys.executable,
            "PYTHONPATH": str(REPOSITORY),
            "PULUMI_HOME": str(self._home.state / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
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


def legible(said: str) -> str:
    """What the engine says, without where its plugins are: the warning is for who does not know that they are on PATH."""
    kept = "\n".join(line for line in said.splitlines() if not NOISE.search(line))
    return EMPTY.sub("", kept)


def is_official(pulumi: Path) -> bool:
    """Whether an engine has its publisher's language host and plugins; one that is built here has ours."""
    return (pulumi.resolve().parent / "pulumi-language-python").exists()


def declared(layer: str, env: str) -> dict[str, object]:
    """What the repository configures an environment's layer by."""
    document = _load(REPOSITORY / "stacks" / "config" / f"Pulumi.{env}.{layer}.yaml")
    return cast("dict[str, object]", document.get("config", {}))


def declared_recipe(env: str) -> str:
    """Name of the recipe that the repository configures an environment by."""
    return str(declared("workloads", env).get("aifactory:recipe", ""))


def signing_key(home: Home) -> Path:
    """The key that this lab signs its models by, made at its first use."""
    path = home.credentials / "signing.pem"
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        home.write_secret(path.name, content.decode())
    return path


def promoted(home: Home) -> str:
    """Digest of the model that the lab serves; "" before the first."""
    path = home.state / "model"
    return path.read_text() if path.exists() else ""


def promote(home: Home, model: str) -> None:
    """Makes a model the served one, in the lab's own folder: elsewhere that is a pull request."""
    (home.state / "model").write_text(model)


def _diagnostics(said: str) -> str:
    """What the engine says of its failure: neither the list of resources before it nor the outputs after it."""
    found = said.partition("\nDiagnostics:\n")[2] or said
    for after in ("\nOutputs:\n", "\nResources:\n"):
        found = found.partition(after)[0]
    return legible(found)


def _load(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    return cast("dict[str, object]", yaml.safe_load(path.read_text()) or {})
