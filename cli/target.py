"""What a command of every target does; which target that is, the environment's name and configuration say."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console

from cli.delivery import Outcome
from cli.engine import Engine
from cli.status import Status
from host.progress import Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What an `up` ended with."""

    changes: Mapping[str, str]
    """Pulumi's summary by layer."""
    outcome: Outcome | None = None
    """The model's answer; None where nothing is asked."""
    status: Status | None = None
    hint: str = ""
    """What a user may want to know last."""


class Target(Protocol):
    """One environment and where it stands."""

    @property
    def env(self) -> str: ...

    def up(self, recipe: str, progress: Progress, *, refresh: bool) -> Report:
        """Deploys the layers; with `refresh`, what was changed outside is brought back. Raises FactoryError."""
        ...

    def preview(self, recipe: str, progress: Progress) -> Mapping[str, str]:
        """What `up` would change, by layer. Raises FactoryError."""
        ...

    def status(self, progress: Progress) -> Status:
        """What runs and what came out; changes nothing. Raises FactoryError."""
        ...

    def planned(self, recipe: str, progress: Progress) -> Engine:
        """The stacks, with the configuration written that `up` would deploy. Raises FactoryError."""
        ...

    def deployed(self, progress: Progress) -> AbstractContextManager[Engine]:
        """The engine on what was deployed, to look at it: no other command works on it meanwhile. Raises FactoryError."""
        ...

    def folders(self) -> tuple[Path, ...]:
        """Where on this machine it writes."""
        ...


class Machine(Target, Protocol):
    """The embedded target, which has commands of its own; the package `lab` holds it."""

    def fetch(self, progress: Progress) -> None:
        """Brings tools and the base image into the cache. Raises FactoryError."""
        ...

    def doctor(self, console: Console) -> bool:
        """Prints what this machine has and lacks; whether it can run a lab."""
        ...

    def down(self) -> str:
        """Ends every process of the lab, and says where its state stays."""
        ...
