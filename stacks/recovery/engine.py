"""The engine's own commands that a recovery uses."""

import json
import subprocess
from typing import cast

from stacks.recovery.document import Document
from stacks.recovery.errors import RecoveryError

# What the engine says of a stack that nobody made yet.
ABSENT = "no stack named"


class Engine:
    """Pulumi, for one stack, in the project's folder and environment."""

    def __init__(self, pulumi: str, stack: str) -> None:
        self._pulumi, self._stack = pulumi, stack

    def exported(self) -> Document | None:
        """The stack's state, its secrets encrypted; None where the stack was never made."""
        try:
            message = self._run("stack", "export")
        except RecoveryError as error:
            if ABSENT in str(error):
                return None
            raise
        return Document(cast("dict[str, object]", json.loads(message)))

    def give_back(self, document: Document) -> None:
        """Makes an edited state the stack's."""
        self._run("stack", "import", stdin=json.dumps(document.exported))

    def remove(self, urns: list[str]) -> None:
        """Destroys resources of the stack, and nothing else."""
        targets = [part for urn in urns for part in ("--target", urn)]
        self._run("destroy", "--yes", "--skip-preview", *targets)

    def _run(self, *arguments: str, stdin: str | None = None) -> str:
        command = [self._pulumi, *arguments, "--stack", self._stack, "--non-interactive", "--color=never"]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            message = " ".join((done.stderr + done.stdout).split())
            raise RecoveryError(f"`pulumi {' '.join(arguments)}` of {self._stack} failed: {message}")
        return done.stdout
