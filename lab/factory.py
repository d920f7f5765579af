"""Bringing a whole lab up and taking it down."""

import fcntl
import secrets
import socket
from collections.abc import Generator
from contextlib import contextmanager

from lab import addons, debian
from lab.errors import LabError
from lab.home import Home, Identity
from lab.images import node
from lab.node import namespaces, pki
from lab.node.program import Program
from lab.node.supervisor import Supervisor
from lab.progress import Progress
from lab.project import LAYERS, Project
from lab.services import forward, kubernetes, stores
from lab.toolchain.install import Toolchain


def up(home: Home, progress: Progress) -> dict[str, str]:
    """Brings the lab up and deploys its layers; returns each layer's summary of changes. Raises LabError."""
    debian.require_root()
    with _alone(home):
        debian.install(home, progress)
        toolchain = Toolchain()
        toolchain.install(progress)
        identity = home.identity() or _identity(home)
        started = _services(home, identity, toolchain, progress)
        project = Project(home, identity, toolchain)
        project.write()
        # moto forgets everything when it ends: what the state remembers of it is looked at again.
        return {layer: project.up(layer, progress, refresh="moto" in started) for layer in LAYERS}


def preview(home: Home) -> dict[str, str]:
    """What `up` would change, by layer. Raises LabError where the lab was never brought up."""
    identity = home.identity()
    if identity is None:
        raise LabError("make preview: there is no lab yet to compare with; run `make up` first")
    project = Project(home, identity, Toolchain())
    project.write()
    return {layer: project.preview(layer) for layer in LAYERS}


def down(home: Home) -> None:
    """Ends every process of the lab; its state stays for the next `up`."""
    with _alone(home):
        identity = home.identity()
        Supervisor(home).end()
        if identity:
            namespaces.remove_cgroups(identity)


def programs(home: Home, identity: Identity, toolchain: Toolchain) -> list[Program]:
    """Everything that the lab's supervisor runs, in the order of dependence."""
    return [
        *stores.programs(home, identity, toolchain),
        *kubernetes.programs(home, identity, toolchain),
        *forward.programs(home, identity),
    ]


def _services(home: Home, identity: Identity, toolchain: Toolchain, progress: Progress) -> set[str]:
    """Starts what is not running; returns the names it had to start."""
    supervisor = Supervisor(home)
    fresh = not supervisor.running()
    if fresh:
        # What a killed lab left: its first process may be gone while its link's name is not.
        namespaces.end(home)
        pki.issue(home, identity)
        stores.write_profiles(home, identity)
    wanted = programs(home, identity, toolchain)
    if fresh:
        supervisor.begin(identity, wanted)
    started = supervisor.start(wanted, progress)
    node.import_programs(home, toolchain, progress)
    if started:
        addons.install(home, identity, toolchain, progress)
    return started


def _identity(home: Home) -> Identity:
    ports: list[int] = []
    with socket.socket() as first, socket.socket() as second:
        for listener in (first, second):
            listener.bind(("127.0.0.1", 0))
            ports.append(int(listener.getsockname()[1]))
    identity = Identity(
        name=f"lab-{secrets.token_hex(3)}",
        link=namespaces.free_link(),
        serving_port=ports[0],
        mlflow_port=ports[1],
    )
    home.keep(identity)
    return identity


@contextmanager
def _alone(home: Home) -> Generator[None]:
    """Holds the lab's lock. Raises LabError where another command holds it."""
    with (home.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(f"{home.root}: another command works on this lab; wait until it has ended") from error
        yield
