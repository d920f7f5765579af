"""A stack of the real engine beside the lab's plugins, with its state in a folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from cli.engine import plugins
from host.cache import REPOSITORY
from toolchain.install import Toolchain

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """A stack of the project in `folder`."""

    folder: Path
    name: str = "dev"
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    def init(self) -> None:
        self.succeeds("stack", "init", self.name)

    def program(self, source: str) -> None:
        """Makes `source` the project's program."""
        (self.folder / "Pulumi.yaml").write_text("name: contract\nruntime: python\n")
        (self.folder / "__main__.py").write_text(source)

    def run(self, *arguments: str) -> Done:
        command = [str(Toolchain().path("pulumi")), *arguments, "--non-interactive", "--color=never"]
        environment = {
            **os.environ,
            "PATH": os.pathsep.join(
                [plugins(Toolchain().path("pulumi"), moto=True), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "AIFACTORY_PYTHON": sys.executable,
            "PYTHONPATH": str(REPOSITORY),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder}",
            "PULUMI_CONFIG_PASSPHRASE": "of a test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            **self.environment,
        }
        return subprocess.run(
            command, cwd=self.folder, env=environment, check=False, capture_output=True, text=True, timeout=300
        )

    def succeeds(self, *arguments: str) -> str:
        """What a command says that ends well."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def fails(self, *arguments: str) -> str:
        """What a command says that fails: in words, never by a traceback."""
        done = self.run(*arguments)
        output = done.stdout + done.stderr
        assert done.returncode != 0, output
        assert "Traceback" not in output
        return output

    def up(self, *arguments: str) -> dict[str, int]:
        """The count of each kind of step of a deployment that succeeds, e.g. {"create": 2, "same": 1}."""
        self.succeeds("up", "--yes", "--skip-preview", "--stack", self.name, *arguments)
        return self.last()

    def last(self) -> dict[str, int]:
        """The count of each kind of step of the last deployment."""
        history = json.loads(self.succeeds("stack", "history", "--json", "--stack", self.name, "--page-size", "1"))
        return cast("dict[str, int]", history[0].get("resourceChanges", {}))

    def outputs(self) -> dict[str, object]:
        return cast("dict[str, object]", json.loads(self.succeeds("stack", "output", "--json", "--stack", self.name)))
