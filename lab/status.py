"""What runs in the lab and what came out."""

from cli.callers import key_file
from cli.home import Home
from cli.protection import table
from cli.status import Service, Status
from lab import access
from lab import identity as identities
from lab.factory import programs
from lab.identity import Identity
from lab.node import namespaces
from lab.node.supervisor import Supervisor
from lab.project import Project
from toolchain.install import Toolchain

# What `up` ends with needs these to answer.
NEEDED = ("kube-apiserver", "objects", "vault", "offsite")


def status(home: Home) -> Status:
    """Asks every service and Pulumi's state; an empty status before the first `up`."""
    identity = identities.read(home)
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
    stacks = project.stacks() if home.project.exists() else {}
    if not all(services[name].healthy for name in NEEDED) or "lab.workloads" not in stacks:
        return Status(services=services, stacks=stacks)
    return _with_workloads(home, identity, toolchain, project, Status(services=services, stacks=stacks))


def _with_workloads(home: Home, identity: Identity, toolchain: Toolchain, project: Project, status: Status) -> Status:
    run = access.runs(home, identity, toolchain).look(project.outputs("workloads").get("run"))
    endpoints = access.endpoints(home, identity)
    served = endpoints.answering()
    vault, offsite = (access.objects(home, identity, store) for store in ("vault", "offsite"))
    return Status(
        services=status.services,
        stacks=status.stacks,
        run=run,
        served=served,
        endpoint=endpoints.model,
        mlflow=endpoints.mlflow,
        key_file=str(key_file(home)),
        protection=tuple(table(vault, offsite, run, served)),
    )
