"""Bringing a whole lab up and taking it down."""

import fcntl
import json
import secrets
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from lab import addons, debian, serving
from lab.errors import LabError
from lab.home import Home, Identity
from lab.images import base, node
from lab.lifecycle import Lifecycle
from lab.node import namespaces, pki
from lab.node.program import Program
from lab.node.supervisor import Supervisor
from lab.progress import Progress
from lab.project import LAYERS, Project, declared, declared_recipe, images_lock, promote, promoted
from lab.services import forward, kubernetes, simulated, stores
from lab.toolchain.install import Toolchain
from workloads.plan import recipe_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What an `up` ended with."""

    changes: dict[str, str]
    """Pulumi's summary by layer."""
    prompt: str
    answer: str


def up(home: Home, progress: Progress, recipe: str = "") -> Outcome:
    """Brings the lab up, deploys its layers, waits for the run and asks the model that came out. Raises LabError."""
    debian.require_root()
    # Nothing is begun for a recipe that cannot be.
    recipe_of(recipe or declared_recipe(), "")
    with _alone(home):
        debian.install(home, progress)
        toolchain = Toolchain()
        toolchain.install(progress)
        locked = base.requirements()
        base.build(locked, progress)
        identity = home.identity() or _identity(home)
        started = _services(home, identity, toolchain, progress)
        _lock_images(home, base.digest(locked), progress)
        project = Project(home, identity, toolchain)
        project.write(recipe)
        # moto forgets everything when it ends: what the state remembers of it is looked at again.
        changes = {
            layer: project.up(layer, progress, refresh="moto" in started) for layer in LAYERS if layer != "workloads"
        }
        lifecycle = Lifecycle(home, identity, toolchain)
        changes["workloads"] = project.up("workloads", progress, refresh=lifecycle.forget_failed())
        run = lifecycle.wait(project.outputs("workloads").get("run"), progress)
        model = str(run.metric("register", "model"))
        if model != promoted(home):
            promote(home, model)
            project.write(recipe)
            changes["workloads"] = project.up("workloads", progress)
        with progress.step("serving: the model answers"):
            serving.wait(identity, model)
            answer = serving.complete(identity, serving.PROMPT)
        with progress.step("serving: the answer is on record in the vault"):
            serving.wait_for_records(identity)
        return Outcome(changes=changes, prompt=serving.PROMPT, answer=answer)


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
        *_simulated(home, identity, toolchain),
    ]


def _simulated(home: Home, identity: Identity, toolchain: Toolchain) -> list[Program]:
    """What stands behind the node groups of the region that the lab's platform is declared in."""
    simulation = simulated.Simulation(
        region=str(declared("platform").get("aifactory:region", stores.REGION)),
        endpoint=stores.endpoint(identity, "moto"),
        address=identity.address,
        environment={**stores.environment(home), "AWS_PROFILE": "moto"},
    )
    return simulated.programs(home, toolchain, simulation)


def _services(home: Home, identity: Identity, toolchain: Toolchain, progress: Progress) -> set[str]:
    """Starts what is not running; returns the names it had to start."""
    supervisor = Supervisor(home)
    fresh = not supervisor.running()
    if fresh:
        # What a killed lab left: its first process may be gone while its link's name is not.
        namespaces.end(home)
        pki.issue(home, kubernetes.cluster(identity))
        stores.write_profiles(home, identity)
    wanted = programs(home, identity, toolchain)
    if fresh:
        supervisor.begin(identity, wanted)
    # They ask the cluster for permissions that the add-ons bring.
    after = {program.name for program in _simulated(home, identity, toolchain)}
    started = supervisor.start([program for program in wanted if program.name not in after], progress)
    node.import_programs(home, toolchain, progress)
    if started:
        addons.install(home, identity, toolchain, progress)
    return started | supervisor.start([program for program in wanted if program.name in after], progress)


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


@contextmanager
def _alone(home: Home) -> Generator[None]:
    """Holds the lab's lock. Raises LabError where another command holds it."""
    with (home.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(f"{home.root}: another command works on this lab; wait until it has ended") from error
        yield
