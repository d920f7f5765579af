"""A stack of a test's own, deployed by the real engine with the plugins that stand beside it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from cli.engine import plugins
from host.cache import REPOSITORY
from toolchain.install import Toolchain

PROJECT = "aifactory"
STACK = "test.platform"
NO_ACCOUNT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "of-a-test", "AWS_EC2_METADATA_DISABLED": "true"}
"""Credentials of nobody: moto takes any, a MinIO of a test takes these, and no call of a test may use the machine's own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource as the state has it."""

    kind: str
    name: str
    id: str
    inputs: Mapping[str, object]
    outputs: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Deployment:
    """One stack, its state in a folder."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to the environment of everything that is run."""

    @classmethod
    def of(
        cls, folder: Path, program: str, settings: Mapping[str, str] | None = None, plugin: str = ""
    ) -> "Deployment":
        """Makes a project of a program's text, and its stack. `plugin` is the folder of the plugin `aifactory`."""
        (folder / "state").mkdir(parents=True)
        (folder / "__main__.py").write_text(program)
        plugins = f"plugins:\n  providers:\n    - name: {PROJECT}\n      path: {plugin}\n" if plugin else ""
        (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n{plugins}")
        made = cls(folder, {**NO_ACCOUNT, **(settings or {})})
        made.succeed("stack", "init", STACK)
        return made

    @property
    def backend(self) -> str:
        """Where the state is kept."""
        return f"file://{self.folder / 'state'}"

    @property
    def pulumi(self) -> Path:
        """The engine that the toolchain built."""
        return Toolchain().path("pulumi")

    def environment(self) -> dict[str, str]:
        """What the engine and all that it starts are run in."""
        return {
            **os.environ,
            **self.settings,
            "PATH": os.pathsep.join(
                [plugins(self.pulumi, moto=True), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "AIFACTORY_PYTHON": sys.executable,
            "PYTHONPATH": str(REPOSITORY),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": self.backend,
            "PULUMI_CONFIG_PASSPHRASE": "of a test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }

    def configure(self, values: Mapping[str, str]) -> None:
        """Sets the stack's configuration."""
        path = self.folder / f"Pulumi.{STACK}.yaml"
        salt = [line for line in path.read_text().splitlines() if line.startswith("encryptionsalt")]
        lines = [f"  {PROJECT}:{key}: {json.dumps(value)}" for key, value in values.items()]
        path.write_text("\n".join([*salt, "config:", *lines, ""]))

    def command(self, *arguments: str) -> list[str]:
        """A command of the engine, for this stack."""
        return [str(self.pulumi), *arguments, "--non-interactive", "--color=never", *self._stack(arguments)]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of the engine to its end, whatever that is."""
        return self._done(self.command(*arguments))

    def succeed(self, *arguments: str) -> str:
        """Runs a command of the engine that has to succeed; returns what it said."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"pulumi {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begins a command of the engine."""
        with (self.folder / "said").open("ab") as output:
            return subprocess.Popen(
                self.command(*arguments), cwd=self.folder, env=self.environment(), stdout=output, stderr=output
            )

    def recover(self) -> subprocess.CompletedProcess[str]:
        """What the project does before each deployment."""
        return self._done([sys.executable, "-m", "stacks.recovery", STACK, "--pulumi", str(self.pulumi)])

    def resources(self) -> list[Entry]:
        """All that the state has an id for, without providers; pending operations must have been settled."""
        checkpoint = cast("dict[str, dict[str, dict[str, list[dict[str, object]]]]]", json.loads(self.state()))
        deployment = checkpoint["checkpoint"]["latest"]
        assert not deployment.get("pending_operations"), deployment["pending_operations"]
        return [
            Entry(
                kind=str(entry["type"]),
                name=str(entry["urn"]).split("::", 3)[3],
                id=str(entry["id"]),
                inputs=cast("Mapping[str, object]", entry.get("inputs", {})),
                outputs=cast("Mapping[str, object]", entry.get("outputs", {})),
            )
            for entry in deployment.get("resources", [])
            if entry.get("id") and not str(entry["type"]).startswith("pulumi:")
        ]

    def state(self) -> str:
        """The state as it lies on the disk; the engine replaces the file as a whole."""
        return (self.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json").read_text()

    def _done(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment(), check=False, capture_output=True, text=True
        )

    def _stack(self, arguments: Sequence[str]) -> list[str]:
        return [] if arguments[:2] == ("stack", "init") else ["--stack", STACK]
