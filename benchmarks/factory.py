"""The running lab that some benchmarks measure: found, spoken to and left as it was."""

import os
import subprocess
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import cast

import yaml

from benchmarks.record import Failed, NotAtHand
from cli.home import Home
from host.cache import REPOSITORY
from host.documents import mapping, text
from lab import identity as identities
from lab.addons import command
from lab.node.supervisor import Supervisor
from lab.project import images_lock
from stacks.names import NAMESPACE
from toolchain.install import Toolchain
from workloads.images import Images


@dataclass(frozen=True, slots=True)
class Factory:
    """A lab that runs."""

    home: Home

    @classmethod
    def running(cls) -> "Factory":
        """The lab of AIFACTORY_HOME, else `.lab`. Raises NotAtHand where it does not run; makes nothing."""
        named = os.environ.get("AIFACTORY_HOME", "")
        home = Home(Path(named or REPOSITORY / ".lab").resolve())
        where = "the lab of AIFACTORY_HOME" if named else "the lab in .lab (AIFACTORY_HOME is not set)"
        if identities.read(home) is None:
            raise NotAtHand(f"{where} was never brought up; `make up` first")
        if not Supervisor(home).running():
            raise NotAtHand(f"{where} does not run; `make up` first")
        return cls(home)

    @property
    def image(self) -> str:
        """What its workloads run, by digest."""
        return Images.read(images_lock(self.home)).workloads

    @property
    def recipe(self) -> str:
        """Name or path of the recipe that it was brought up with last."""
        path = self.home.project / "config" / "Pulumi.lab.workloads.yaml"
        document = mapping(cast("object", yaml.safe_load(path.read_text())))
        return text(mapping(document.get("config")).get("aifactory:recipe"))

    def kubectl(self, *arguments: str) -> list[str]:
        """A command on its cluster, in the namespace of its workloads."""
        return [*map(str, command(self.home, Toolchain())), "--namespace", NAMESPACE, *arguments]

    def ask(self, *arguments: str, given: str | None = None) -> str:
        """What kubectl says. Raises Failed with the end of what it says otherwise."""
        done = subprocess.run(
            self.kubectl(*arguments), input=given, capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode:
            raise Failed(f"kubectl {' '.join(arguments[:3])}: {done.stderr.strip()[-800:]}")
        return done.stdout

    @contextmanager
    def script(
        self, target: Sequence[str], script: Path, *arguments: str, limit: float, prelude: str = ""
    ) -> Generator[Iterator[str]]:
        """Runs a script in a container, given by its standard input after `prelude`; its lines, as it prints them.

        Raises Failed where it does not end well, or not within `limit` seconds.
        """
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                self.kubectl("exec", "-i", *target, "--", "python3", "-u", "-", *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
            late = Timer(limit, process.kill)
            late.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                # A script is shorter than what a pipe holds, so this does not wait for the container.
                process.stdin.write(prelude + script.read_text())
                process.stdin.close()
                yield process.stdout
                if process.wait():
                    output.seek(0)
                    ended = f"ended with status {process.returncode} (limit {limit:.0f} s)"
                    raise Failed(f"the script {script.name} {ended}: {output.read().strip()[-1200:]}")
            finally:
                late.cancel()
                process.kill()
                process.wait()
                if process.stdout is not None:
                    process.stdout.close()
