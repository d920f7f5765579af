"""Bringing a factory up on a cluster and stores that exist already."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from cli.callers import key_file
from cli.delivery import Delivery, Outcome
from cli.engine import Engine
from cli.existing import accounts, checks, endpoints
from cli.existing.options import Options, Site
from cli.existing.project import CloudProject, OfflineProject, SiteProject, engine, kubectl
from cli.home import Home, exclusive_lock
from cli.objects import Objects
from cli.project import declared, declared_recipe
from cli.promotion import promoted
from cli.protection import table
from cli.runs import Lifecycle
from cli.status import Status
from components.errors import FactoryError
from components.object_store.store import s3_of
from components.violations import Violations
from host.progress import Progress
from stacks.names import LAYERS
from workloads.plan import recipe_of


def site_of(options: Options) -> Site:
    """The site that the options and the repository's configuration describe. Raises SpecError."""
    return Site.parse(options, {layer: declared(layer, options.env) for layer in LAYERS})


def check(site: Site) -> None:
    """Asks the cluster and every store. Raises SpecError with all that they lack."""
    violations = Violations(f"make up ENV={site.env}")
    checks.Cluster(kubectl(), site.kubeconfig).check(violations, site)
    for name, store in site.stores.items():
        checks.check_store(violations, name, store)
    violations.raise_if_any()


def up(site: Site, progress: Progress, recipe: str = "", *, refresh: bool = False) -> Outcome:
    """Deploys the layers, waits for the run and asks the model that came out. Raises FactoryError or SpecError.

    `refresh`: whether vault and platform are looked at again, and brought back to what is declared.
    """
    # Nothing is begun for a recipe that cannot be.
    recipe_of(recipe or declared_recipe(site.env), "")
    home = Home.of_site(site.env)
    with exclusive_lock(home):
        # What is wrong with a profile is said before anything is asked.
        accounts.write(home, site)
        pulumi = engine(progress)
        with progress.step("the cluster and the stores answer"):
            check(site)
        accounts.make_key(home, site, progress)
        accounts.write(home, site)
        cluster = checks.Cluster(kubectl(), site.kubeconfig)
        delivery = Delivery(
            home=home,
            project=SiteProject(home, site, pulumi),
            lifecycle=Lifecycle(cluster.kubectl, objects_of(site)["objects"]),
            reach=lambda: endpoints.endpoints(site, cluster),
            # They are in the registry that the lock names.
            images=lambda: None,
            pinned=site.model,
        )
        return delivery.up(progress, recipe, refresh=refresh)


def status(site: Site, progress: Progress) -> Status:
    """What was deployed and what came out; nothing is changed. Raises FactoryError where what is served cannot be reached."""
    home = Home.of_site(site.env)
    opened = project(site, progress)
    stacks = opened.stacks() if home.project.exists() else {}
    declared_run = opened.outputs("workloads").get("run") if f"{site.env}.workloads" in stacks else None
    if declared_run is None:
        return Status(services={}, stacks=stacks)
    cluster, stores = checks.Cluster(kubectl(), site.kubeconfig), objects_of(site)
    run = Lifecycle(cluster.kubectl, stores["objects"]).look(declared_run)
    if not site.model and not promoted(home):
        return Status(services={}, stacks=stacks, run=run)
    with endpoints.endpoints(site, cluster) as reached:
        served = reached.answering()
        return Status(
            services={},
            stacks=stacks,
            run=run,
            served=served,
            endpoint=reached.model,
            mlflow=reached.mlflow,
            key_file=str(key_file(home)),
            protection=tuple(table(stores["vault"], stores["offsite"], run, served)),
        )


def preview(site: Site, progress: Progress, recipe: str = "") -> dict[str, str]:
    """What `up` would change, by layer; neither cluster nor stores are changed. Raises FactoryError or SpecError."""
    opened = planned(site, progress, recipe)
    with exclusive_lock(Home.of_site(site.env)):
        return {layer: opened.preview(layer) for layer in LAYERS}


def planned(site: Site, progress: Progress, recipe: str = "") -> SiteProject:
    """A site's stacks, with the configuration written that `up` would deploy. Raises FactoryError or SpecError."""
    home = Home.of_site(site.env)
    with exclusive_lock(home):
        accounts.make_key(home, site, progress)
        accounts.write(home, site)
        opened = project(site, progress)
        opened.write(recipe)
    return opened


def project(site: Site, progress: Progress) -> SiteProject:
    """A site's stacks, to look at. Raises FactoryError or SpecError."""
    return SiteProject(Home.of_site(site.env), site, engine(progress))


def project_cloud(env: str, progress: Progress) -> CloudProject:
    """The stacks of an environment at a cloud, to look at. Raises FactoryError or SpecError."""
    return CloudProject(Home.of_site(env), env, engine(progress))


@contextmanager
def deployed(site: Site, progress: Progress) -> Generator[Engine]:
    """The engine on what was deployed, to look at it. Raises FactoryError or SpecError."""
    with exclusive_lock(Home.of_site(site.env)):
        yield _written(project(site, progress), site.env)


@contextmanager
def deployed_cloud(env: str, progress: Progress) -> Generator[Engine]:
    """As `deployed`, of an environment at a cloud. Raises FactoryError or SpecError."""
    with exclusive_lock(Home.of_site(env)):
        yield _written(project_cloud(env, progress), env)


def _written(opened: Engine, env: str) -> Engine:
    """Where this machine deployed nothing yet the state is elsewhere, and the engine needs a project to open it by."""
    if not Home.of_site(env).project.exists():
        opened.write()
    return opened


def is_cloud(env: str) -> bool:
    """Whether an environment is made at a cloud: its configuration names a region, and all else that it needs."""
    return bool(declared("platform", env).get("aifactory:region"))


def deploy(env: str, progress: Progress, *, refresh: bool = False) -> dict[str, str]:
    """Deploys the layers that an environment at a cloud configures; Pulumi's summary of each. Raises FactoryError or SpecError.

    `refresh`: whether each is looked at again, and brought back to what is declared.
    """
    home = Home.of_site(env)
    with exclusive_lock(home):
        cloud = project_cloud(env, progress)
        cloud.write()
        return {layer: cloud.up(layer, progress, refresh=refresh) for layer in LAYERS if declared(layer, env)}


def preview_cloud(env: str, progress: Progress) -> dict[str, str]:
    """What `deploy` would change, by layer. Raises FactoryError or SpecError."""
    opened = planned_cloud(env, progress)
    with exclusive_lock(Home.of_site(env)):
        return {layer: opened.preview(layer) for layer in LAYERS if declared(layer, env)}


def planned_cloud(env: str, progress: Progress) -> CloudProject:
    """The stacks of an environment at a cloud, with the configuration written. Raises FactoryError or SpecError."""
    with exclusive_lock(Home.of_site(env)):
        opened = project_cloud(env, progress)
        opened.write()
    return opened


def check_offline(env: str) -> None:
    """Raises FactoryError where an environment is not made at a cloud."""
    if not is_cloud(env):
        raise FactoryError(
            f"--offline: the environment {env} stands on what exists, which a preview asks; "
            "preview it where its cluster and stores are reached, without --offline"
        )


def planned_offline(env: str, progress: Progress) -> OfflineProject:
    """The same, for a preview that may reach nothing. Raises FactoryError."""
    home = Home.of_site(env)
    with exclusive_lock(home):
        opened = OfflineProject(home, env, engine(progress))
        opened.write()
    return opened


def objects_of(site: Site) -> Mapping[str, Objects]:
    """Each store's bucket, read with the user's own profile."""
    return {
        name: Objects(store.bucket, store.endpoint, s3_of(store.endpoint, store.profile))
        for name, store in site.stores.items()
    }
