"""Bringing a whole lab up and taking it down."""

import json
import secrets
import socket
from contextlib import nullcontext

from lab import addons, debian
from lab.delivery import Delivery, Outcome
from lab.errors import LabError
from lab.home import Home, Identity, alone
from lab.images import base, node
from lab.lifecycle import Lifecycle
from lab.node import namespaces, pki
from lab.node.program import Program
from lab.node.supervisor import Supervisor
from lab.progress import Progress
from lab.project import LAYERS, Project, declared_recipe, images_lock
from lab.services import forward, kubernetes, stores
from lab.serving import Endpoints
from lab.toolchain.install import Toolchain
from workloads.plan import recipe_of


def up(home: Home, progress: Progress, recipe: str = "") -> Outcome:
    """Brings the lab up, deploys its layers, waits for the run and asks the model that came out. Raises LabError."""
    debian.require_root()
    # Nothing is begun for a recipe that cannot be.
    recipe_of(recipe or declared_recipe(), "")
    with alone(home):
        debian.install(home, progress)
        toolchain = Toolchain()
        toolchain.install(progress)
        locked = base.requirements()
        base.build(locked, progress)
        identity = home.identity() or _identity(home)
        started = _services(home, identity, toolchain, progress)
        _lock_images(home, base.digest(locked), progress)
        delivery = Delivery(
            home=home,
            project=Project(home, identity, toolchain),
            lifecycle=Lifecycle.of_lab(home, identity, toolchain),
            reach=lambda: nullcontext(Endpoints.of_lab(identity)),
        )
        # moto forgets everything when it ends: what the state remembers of it is looked at again.
        return delivery.up(progress, recipe, refresh="moto" in started)


def preview(home: Home, recipe: str = "") -> dict[str, str]:
    """What `up` would change, by layer. Raises LabError where the lab was never brought up."""
    identity = home.identity()
    if identity is None or not home.project.exists():
        raise LabError("make preview: there is no lab yet to compare with; run `make up` first")
    project = Project(home, identity, Toolchain())
    project.write(recipe)
    return {layer: project.preview(layer) for layer in LAYERS}


def down(home: Home) -> None:
    """Ends every process of the lab; its state stays for the next `up`."""
    with alone(home):
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


def _lock_images(home: Home, environment: str, progress: Progress) -> None:
    """Puts the workloads' image on the node and writes its digest where the stacks read it."""
    lock = {"workloads": node.import_workloads(home, environment, progress), "environment": environment}
    images_lock(home).write_text(json.dumps(lock, indent=1))


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
