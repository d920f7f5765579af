"""Bringing a whole lab up and taking it down."""

import json
import secrets
import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

from cli.delivery import Delivery, Outcome
from cli.home import Home, exclusive_lock
from cli.project import declared, declared_recipe
from components.errors import FactoryError
from host import debian
from host.cache import building
from host.progress import Progress
from image_build import base
from image_build.base import Base
from lab import access, addons, doctor
from lab import identity as identities
from lab.identity import Identity
from lab.images import node, unpacked
from lab.node import namespaces, pki
from lab.node.program import Program
from lab.node.supervisor import Supervisor
from lab.project import ENV, Project, images_lock
from lab.services import forward, kubernetes, simulated, stores
from stacks.names import LAYERS
from toolchain.install import Toolchain
from workloads.plan import recipe_of


def up(home: Home, progress: Progress, recipe: str = "", *, refresh: bool = False) -> Outcome:
    """Brings the lab up, deploys its layers, waits for the run and asks the model that came out. Raises FactoryError.

    `refresh`: whether vault and platform are looked at again, and brought back to what is declared.
    """
    debian.require_root()
    # Nothing is begun for a recipe that cannot be.
    recipe_of(recipe or declared_recipe(ENV), "")
    with exclusive_lock(home):
        toolchain, foundation = fetch(home, progress)
        unpacked.place(foundation, kubernetes.containerd_root(home), progress)
        identity = _services(home, toolchain, progress)
        # Where the base cannot be linked, its gigabytes are unpacked while the layers below are deployed, which need none of them.
        with ThreadPoolExecutor(1) as beside:
            locked = beside.submit(_lock_images, home, foundation, progress)
            delivery = Delivery(
                home=home,
                project=Project(home, identity, toolchain),
                lifecycle=access.runs(home, identity, toolchain),
                reach=lambda: nullcontext(access.endpoints(home, identity, toolchain)),
                images=locked.result,
            )
            # moto forgets everything when it ends: what the state remembers of it is looked at again.
            moto, since = home.run / "moto", str(Supervisor(home).states()["moto"].started)
            forgotten = not moto.exists() or moto.read_text() != since
            outcome = delivery.up(progress, recipe, refresh=refresh or forgotten)
            moto.write_text(since)
        return outcome


def preview(home: Home, recipe: str = "") -> dict[str, str]:
    """What `up` would change, by layer. Raises FactoryError where the lab was never brought up."""
    opened = planned(home, recipe)
    return {layer: opened.preview(layer) for layer in LAYERS}


def planned(home: Home, recipe: str = "") -> Project:
    """The stacks of a lab that was brought up, with the configuration that `up` would deploy. Raises FactoryError."""
    opened = project(home)
    opened.write(recipe)
    return opened


def project(home: Home) -> Project:
    """The stacks of a lab that was brought up. Raises FactoryError where it never was."""
    identity = identities.read(home)
    if identity is None or not home.project.exists():
        raise FactoryError("there is no lab yet to look at; run `make up` first")
    return Project(home, identity, Toolchain())


@contextmanager
def deployed(home: Home) -> Generator[Project]:
    """The engine on what was deployed, to look at it. Raises FactoryError where the lab was never brought up."""
    opened = project(home)
    with exclusive_lock(home):
        yield opened


def fetch(home: Home, progress: Progress) -> tuple[Toolchain, Base]:
    """Brings what the cache lacks: Debian's packages, tools and the base image. Raises FactoryError."""
    debian.require_root()
    doctor.require(home)
    debian.install(progress)
    toolchain, foundation = Toolchain(), Base.read()
    toolchain.install(progress)
    base.build(foundation, progress)
    unpacked.build(foundation, home.state, progress)
    return toolchain, foundation


def down(home: Home) -> None:
    """Ends every process of the lab; its state stays for the next `up`."""
    with exclusive_lock(home):
        identity = identities.read(home)
        Supervisor(home).end()
        if identity:
            # Of a lab whose processes ended without it.
            namespaces.remove_cgroups(identity.cgroup)


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
        region=str(declared("platform", ENV).get("aifactory:region", stores.REGION)),
        endpoint=stores.endpoint(identity, "moto"),
        address=identity.address,
        environment={**stores.environment(home), "AWS_PROFILE": "moto"},
    )
    return simulated.programs(home, toolchain, simulation)


def _services(home: Home, toolchain: Toolchain, progress: Progress) -> Identity:
    """Starts what is not running."""
    supervisor = Supervisor(home)
    # From the choice of a link to its making: two labs that begin at once must not choose the same.
    with building("links"):
        fresh = not supervisor.running()
        if fresh:
            # What a killed lab left: its first process may be gone while its link's name is not.
            namespaces.end(home)
        identity = _identity(home, running=not fresh)
        wanted = programs(home, identity, toolchain)
        if fresh:
            pki.issue(home, kubernetes.cluster(identity))
            stores.write_profiles(home, identity)
            supervisor.begin(identity, wanted)
    # They ask the cluster for permissions that the add-ons bring.
    after = {program.name for program in _simulated(home, identity, toolchain)}
    started = supervisor.start([program for program in wanted if program.name not in after], progress)
    node.import_programs(home, toolchain, progress)
    # Also where an earlier `up` was ended, or the disk was full, before it had come so far.
    added = home.run / "add-ons"
    if started or not added.exists():
        added.unlink(missing_ok=True)
        addons.install(home, identity, toolchain, progress)
        added.write_text("")
    supervisor.start([program for program in wanted if program.name in after], progress)
    return identity


def _lock_images(home: Home, foundation: Base, progress: Progress) -> None:
    """Puts the workloads' image on the node and writes its digest where the stacks read it."""
    lock = {"workloads": node.import_workloads(home, foundation, progress), "environment": foundation.digest}
    images_lock(home).write_text(json.dumps(lock, indent=1))


def _identity(home: Home, *, running: bool) -> Identity:
    """What was chosen at the first start; link or port that another program took since is chosen again."""
    known = identities.read(home)
    if known and running:
        return known
    port = known.serving_port if known else 0
    if not port or doctor.taken(port):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
    identity = Identity(
        name=known.name if known else f"lab-{secrets.token_hex(3)}",
        link=known.link if known and namespaces.becomes_free(known.link) else namespaces.free_link(),
        serving_port=port,
    )
    identities.write(home, identity)
    return identity
