"""The lab's own Pulumi project: the repository's program, with configuration and state in the lab's folder."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml

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
LAYERS = ("vault", "platform")
"""The layers in the order of their dependence."""


class Project:
    """Runs Pulumi on the lab's stacks."""

    def __init__(self, home: Home, identity: Identity, toolchain: Toolchain) -> None:
        self._home = home
        self._identity = identity
        self._pulumi = toolchain.path("pulumi")

    def write(self) -> None:
        """Writes the project and each stack's configuration, keeping what Pulumi itself wrote there."""
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
            declared = _load(REPOSITORY / "stacks" / "config" / path.name).get("config", {})
            settings = {**cast("dict[str, object]", declared), **self._settings(layer)}
            path.write_text(yaml.safe_dump({**kept, "config": settings}, sort_keys=False))

    def up(self, layer: str, progress: Progress, *, refresh: bool = False) -> str:
        """Deploys a layer under the policies. Returns Pulumi's own summary of changes, e.g. `12 unchanged`."""
        with progress.step(f"pulumi: lab.{layer}"):
            self._select(layer)
            options = ["--yes", "--skip-preview", *(["--refresh"] if refresh else [])]
            said = self._run("up", *options, "--stack", f"lab.{layer}")
        summary = said.rpartition("Resources:")[2].partition("Duration:")[0]
        return ", ".join(line.strip() for line in summary.splitlines() if line.strip())

    def preview(self, layer: str) -> str:
        """What an `up` of the layer would change."""
        self._select(layer)
        return self._run("preview", "--stack", f"lab.{layer}")

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

    def _select(self, layer: str) -> None:
        (self._home.state / "pulumi").mkdir(exist_ok=True)
        self._run("stack", "select", "--create", f"lab.{layer}")

    def _run(self, *arguments: str) -> str:
        command = [self._pulumi, *arguments, "--non-interactive", "--color=never"]
        return run(command, cwd=self._home.project, env=self._environment())

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
                "localVolume": str(self._home.state / "shared"),
            },
            "workloads": {"servingNodePort": str(SERVING_NODE_PORT), "mlflowNodePort": str(MLFLOW_NODE_PORT)},
        }[layer]
        return {f"aifactory:{key}": value for key, value in settings.items()}


def _load(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    return cast("dict[str, object]", yaml.safe_load(path.read_text()) or {})
