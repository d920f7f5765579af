"""What runs in the lab and what was deployed, as data and as tables."""

from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from lab.factory import programs
from lab.home import Home
from lab.node import namespaces
from lab.node.supervisor import Supervisor
from lab.project import Project
from lab.toolchain.install import Toolchain


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """One program of the lab."""

    healthy: bool
    pid: int | None
    """As the machine knows it; None where it does not run."""
    endpoint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The lab as it is now."""

    services: dict[str, Service]
    stacks: dict[str, dict[str, object]]

    def document(self) -> dict[str, object]:
        """As `--json` prints it."""
        return {"services": {name: asdict(one) for name, one in self.services.items()}, "stacks": self.stacks}


def of(home: Home) -> Status:
    """Asks every service and Pulumi's state; an empty status before the first `up`."""
    identity = home.identity()
    if identity is None:
        return Status(services={}, stacks={})
    toolchain, supervisor = Toolchain(), Supervisor(home)
    states = supervisor.states() if supervisor.running() else {}
    outside = namespaces.processes(home)
    services = {
        program.name: Service(
            healthy=program.name in states and program.healthy(),
            pid=outside.get(states[program.name].pid) if program.name in states else None,
            endpoint=program.endpoint,
        )
        for program in programs(home, identity, toolchain)
    }
    project = Project(home, identity, toolchain)
    return Status(services=services, stacks=project.stacks() if home.project.exists() else {})


def show(status: Status, console: Console) -> None:
    """Prints the tables of `make status`."""
    services = Table("service", "healthy", "pid", "endpoint", title="Services")
    for name, one in status.services.items():
        services.add_row(name, "yes" if one.healthy else "[red]no[/]", str(one.pid or "-"), one.endpoint or "-")
    stacks = Table("stack", "resources", "last update", title="Stacks")
    for name, one in status.stacks.items():
        stacks.add_row(name, str(one["resources"]), str(one["last_update"]))
    console.print(services)
    console.print(stacks)
