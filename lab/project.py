"""The lab's own Pulumi project: the repository's program, with configuration and state in the lab's folder."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rich.markup import escape

from lab.home import REPOSITORY, Home, Identity
from lab.node import pki
from lab.progress import Progress
from lab.services import stores
from lab.services.forward import MLFLOW_NODE_PORT, SERVING_NODE_PORT
from lab.shell import run
from lab.toolchain.install import Toolchain

PLUGINS = REPOSITORY / "lab" / "plugins" / "bin"
# What the program is made of; linked, so that a lab always runs the tree as it is.
LINKED = ("stacks", "components", "workloads")
POLICED = ("--policy-pack", str(REPOSITORY / "policies"))
# The user of the workloads' image.
POD_USER = 65532
LAYERS = ("vault", "platform", "workloads")
"""The layers in the order of their dependence."""


class Project:
    """Runs Pulumi on the lab's stacks."""

    def __init__(self, home: Home, identity: Identity, toolchain: Toolchain) -> None:
        self._home = home
        self._identity = identity
        self._pulumi = toolchain.path("pulumi")

    def write(self, recipe: str = "") -> None:
        """Writes the project and each stack's configuration, keeping what Pulumi itself wrote there.

        `recipe`, where not empty, replaces the one that the lab's stack is configured by.
        """
        folder, config = self._home.project, self._home.project / "config"
        config.mkdir(parents=True, exist_ok=True)
        project = cast("dict[str, object]", yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "stackConfigDir": "config"}, sort_keys=False))
        for name in LINKED:
            link = folder / name
            link.unlink(missing_ok=True)
            link.symlink_to(REPOSITORY / name)
        for layer in LAYERS:
            path = config / f"Pulumi.lab.{layer}.yaml"
            kept = _load(path)
            settings = {**declared(layer), **self._settings(layer)}
            if recipe and layer == "workloads":
                settings["aifactory:recipe"] = recipe
            path.write_text(yaml.safe_dump({**kept, "config": settings}, sort_keys=False))

    def up(self, layer: str, progress: Progress, *, refresh: bool = False) -> str:
        """Deploys a layer under the policies. Returns Pulumi's own summary of changes, e.g. `12 unchanged`."""
        with progress.step(f"pulumi: lab.{layer}"):
            self._select(layer)
            recovered = self._recover(layer, progress)
            options = ["--yes", "--skip-preview", *(["--refresh"] if refresh or recovered else [])]
            said = self._run("up", *options, *POLICED, "--stack", f"lab.{layer}")
        summary = said.rpartition("Resources:")[2].partition("Duration:")[0]
        return ", ".join(line.strip() for line in summary.splitlines() if line.strip())

    def preview(self, layer: str) -> str:
        """What an `up` of the layer would change."""
        self._select(layer)
        return self._run("preview", *POLICED, "--stack", f"lab.{layer}")

    def stacks(self) -> dict[str, dict[str, object]]:
        """Count of resources and last update of every stack that was deployed."""
        if not (self._home.state / "pulumi").exists():
            return {}
        listed = cast("list[dict[str, object]]", json.loads(self._run("stack", "ls", "--json")))
        return {
            str(entry["name"]): {
                "resources": entry.get("resourceCount", 0),
                "last_update": entry.get("lastUpdate", ""),
            }
            for entry in listed
        }

    def outputs(self, layer: str) -> dict[str, object]:
        """What the layer's stack exports; empty where it was never deployed."""
        if f"lab.{layer}" not in self.stacks():
            return {}
        return cast("dict[str, object]", json.loads(self._run("stack", "output", "--json", "--stack", f"lab.{layer}")))

    def _select(self, layer: str) -> None:
        (self._home.state / "pulumi").mkdir(exist_ok=True)
        self._run("stack", "select", "--create", f"lab.{layer}")

    def _recover(self, layer: str, progress: Progress) -> bool:
        """Makes good what a killed deployment left, and says what; returns whether there was any.

        Raises LabError where that cannot be.
        """
        command = [sys.executable, "-m", "stacks.recovery", f"lab.{layer}", "--pulumi", self._pulumi]
        lines = run(command, cwd=self._home.project, env=self._environment()).splitlines()
        for line in lines:
            progress.say(escape(f"         {line}"))
        return bool(lines)

    def _run(self, *arguments: str) -> str:
        command = [self._pulumi, *arguments, "--non-interactive", "--color=never"]
        return run(command, cwd=self._home.project, env=self._environment(), excerpt=_diagnostics)

    def _environment(self) -> Mapping[str, str]:
        self._home.secret("passphrase")
        official = (self._pulumi.resolve().parent / "pulumi-language-python").exists()
        parts = [] if official else [str(PLUGINS)]
        path = os.pathsep.join([*parts, str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {
            **stores.environment(self._home),
            "PATH": path,
            "AIFACTORY_PYTHON": sys.executable,
            "PYTHONPATH": str(REPOSITORY),
            "PULUMI_HOME": str(self._home.state / "pulumi-home"),
            "PULUMI_BACKEND_URL": f"file://{self._home.state / 'pulumi'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self._home.credentials / "passphrase"),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }

    def _settings(self, layer: str) -> dict[str, str]:
        def endpoint(profile: str) -> str:
            return stores.endpoint(self._identity, profile)

        settings = {
            "vault": {"vaultEndpoint": endpoint("vault"), "offsiteEndpoint": endpoint("offsite")},
            "platform": {
                "awsEndpoint": endpoint("moto"),
                "objectsEndpoint": endpoint("objects"),
                "kubeconfig": str(pki.kubeconfig(self._home)),
                "localVolume": str(shared_volume(self._home)),
            },
            "workloads": {
                "imagesLock": str(images_lock(self._home)),
                "storesFolder": str(self._home.credentials),
                "signingKeyFile": str(signing_key(self._home)),
                "model": promoted(self._home),
                "servingNodePort": str(SERVING_NODE_PORT),
                "mlflowNodePort": str(MLFLOW_NODE_PORT),
            },
        }[layer]
        return {f"aifactory:{key}": value for key, value in settings.items()}


def declared(layer: str) -> dict[str, object]:
    """What the repository configures the lab's layer by."""
    document = _load(REPOSITORY / "stacks" / "config" / f"Pulumi.lab.{layer}.yaml")
    return cast("dict[str, object]", document.get("config", {}))


def declared_recipe() -> str:
    """Name of the recipe that the repository configures the lab by."""
    return str(declared("workloads").get("aifactory:recipe", ""))


def images_lock(home: Home) -> Path:
    """Where the digests of this lab's images are kept."""
    return home.state / "images.lock.json"


def shared_volume(home: Home) -> Path:
    """The folder that pods share; pods write to it as the user of their image."""
    folder = home.state / "shared"
    if not folder.exists():
        folder.mkdir()
        if os.geteuid() == 0:
            os.chown(folder, POD_USER, POD_USER)
    return folder


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
    return found


def _load(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    return cast("dict[str, object]", yaml.safe_load(path.read_text()) or {})
