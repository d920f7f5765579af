"""One machine behind the commands of every target, and the commands that only one machine has.

`cli.__main__` loads this module by its name, so that no other target needs what a lab embeds.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cli.engine import Engine
from cli.home import Home
from cli.status import Status
from cli.target import Report
from host.cache import user_cache
from host.progress import Progress
from lab import doctor, factory, status
from lab.project import ENV


@dataclass(frozen=True, slots=True)
class LabTarget:
    """The embedded default."""

    home: Home

    @property
    def env(self) -> str:
        return ENV

    def up(self, recipe: str, progress: Progress, *, refresh: bool) -> Report:
        outcome = factory.up(self.home, progress, recipe, refresh=refresh)
        return Report(changes=outcome.changes, outcome=outcome, status=status.status(self.home))

    def preview(self, recipe: str, progress: Progress) -> Mapping[str, str]:
        del progress
        return factory.preview(self.home, recipe)

    def status(self, progress: Progress) -> Status:
        del progress
        return status.status(self.home)

    def planned(self, recipe: str, progress: Progress) -> Engine:
        del progress
        return factory.planned(self.home, recipe)

    def deployed(self, progress: Progress) -> AbstractContextManager[Engine]:
        del progress
        return factory.deployed(self.home)

    def fetch(self, progress: Progress) -> None:
        """Brings tools and the base image into the cache. Raises FactoryError."""
        factory.fetch(self.home, progress)

    def doctor(self, console: Console) -> bool:
        """Prints what this machine has and lacks; whether it can run a lab."""
        findings = doctor.examine(self.home)
        doctor.show_findings(findings, console)
        return all(finding.good for finding in findings)

    def down(self) -> str:
        """Ends every process of the lab."""
        factory.down(self.home)
        return f"the lab is down; its state stays in {self.home.state}"

    def folders(self) -> tuple[Path, ...]:
        return (self.home.root, user_cache())


def open_target() -> LabTarget:
    """Raises FactoryError where the lab's folder cannot be written."""
    return LabTarget(Home.open())
