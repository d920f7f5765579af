"""Bringing a factory up on a cluster and stores that stand already."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.faults import Faults
from components.object_store.provider.store import s3_of
from lab.delivery import Delivery, Outcome
from lab.home import Home, alone
from lab.lifecycle import Lifecycle
from lab.objects import Objects
from lab.progress import Progress
from lab.project import LAYERS, declared, declared_recipe
from lab.protection import table
from lab.site import accounts, checks, reach
from lab.site.options import Options, Site
from lab.site.project import SiteProject, engine, kubectl
from lab.status import Status
from workloads.plan import recipe_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """What an `up` of a site ended with."""

    outcome: Outcome
    status: Status


def site_of(options: Options) -> Site:
    """The site that the options and the repository's configuration describe. Raises SpecError."""
    return Site.parse(options, {layer: declared(layer, options.env) for layer in LAYERS})


def check(site: Site) -> None:
    """Asks the cluster and every store. Raises SpecError with all that they lack."""
    faults = Faults(f"make up ENV={site.env}")
    checks.Cluster(kubectl(), site.kubeconfig).check(faults, site)
    for name, store in site.stores.items():
        checks.check_store(faults, name, store)
    faults.raise_if_any()


def up(site: Site, progress: Progress, recipe: str = "") -> Ended:
    """Deploys the layers, waits for the run and asks the model that came out. Raises LabError or SpecError."""
    # Nothing is begun for a recipe that cannot be.
    recipe_of(recipe or declared_recipe(site.env), "")
    home = Home.of_site(site.env)
    with alone(home):
        accounts.write(home, site)
        with progress.step("the cluster and the stores answer"):
            check(site)
        cluster = checks.Cluster(kubectl(), site.kubeconfig)
        project = SiteProject(home, site, engine(progress))
        stores = objects_of(site)
        lifecycle = Lifecycle(cluster.kubectl, stores["objects"])
        delivery = Delivery(
            home=home, project=project, lifecycle=lifecycle, reach=lambda: reach.endpoints(site, cluster)
        )
        outcome = delivery.up(progress, recipe)
        with reach.endpoints(site, cluster) as endpoints:
            served = endpoints.answering()
            run = lifecycle.look(project.outputs("workloads").get("run"))
            status = Status(
                services={},
                stacks=project.stacks(),
                run=run,
                served=served,
                endpoint=endpoints.model,
                mlflow=endpoints.mlflow,
                protection=tuple(table(stores["vault"], stores["offsite"], run, served)),
            )
    return Ended(outcome=outcome, status=status)


def preview(site: Site, progress: Progress, recipe: str = "") -> dict[str, str]:
    """What `up` would change, by layer; neither cluster nor stores are changed. Raises LabError or SpecError."""
    home = Home.of_site(site.env)
    with alone(home):
        accounts.write(home, site)
        project = SiteProject(home, site, engine(progress))
        project.write(recipe)
        return {layer: project.preview(layer) for layer in LAYERS}


def objects_of(site: Site) -> Mapping[str, Objects]:
    """Each store's bucket, read with the user's own profile."""
    return {
        name: Objects(store.bucket, store.endpoint, s3_of(store.endpoint, store.profile))
        for name, store in site.stores.items()
    }
