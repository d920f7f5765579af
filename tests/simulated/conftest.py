"""A control plane, moto, and what makes simulated nodes of moto's node groups: everything real but machines."""

import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import yaml

from cli.project import link_program
from components.gpu_pool.spec import POOL, POOL_LABEL
from host.cache import REPOSITORY
from host.documents import Values, mapping, sequence, text
from lab.node_groups.nodes import SIMULATED
from lab.services import simulated, stores
from lab.services.simulated import Simulation
from tests.support import control_plane
from tests.support.control_plane import ControlPlane
from tests.support.engine import Stack
from tests.support.programs import free_ports, running
from toolchain.install import Toolchain

REGION = "us-east-1"
# moto takes any account; these keep boto3 from looking for another.
ACCOUNT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The control plane, the AWS that its nodes come from, and the repository's own stack `lab.platform` on both."""

    cluster: ControlPlane
    endpoint: str
    """URL of AWS's APIs."""
    health: str
    """URL of the controller that makes nodes of node groups."""
    platform: Stack

    def deploy(self, **settings: str) -> None:
        """Brings the platform up with some of its settings changed."""
        for key, value in settings.items():
            self.platform.succeeds("config", "set", f"aifactory:{key}", value, "--stack", self.platform.name)
        self.platform.up()

    def nodes(self) -> list[Values]:
        return self.cluster.items("/api/v1/nodes", labelSelector=f"{SIMULATED}=true")

    def pool(self) -> list[Values]:
        """The nodes of the platform's GPU pool, beside those of its system pool."""
        return self.cluster.items("/api/v1/nodes", labelSelector=f"{SIMULATED}=true,{POOL_LABEL}={POOL}")

    def ready(self) -> list[Values]:
        return [node for node in self.pool() if condition(node, "Ready").get("status") == "True"]

    def pods(self, namespace: str) -> list[Values]:
        return self.cluster.items(f"/api/v1/namespaces/{namespace}/pods")


def condition(found: Values, kind: str) -> Values:
    """A condition of an object; empty where it has none of that kind."""
    listed = (mapping(item) for item in sequence(mapping(found.get("status")).get("conditions")))
    return next((item for item in listed if item.get("type") == kind), dict[str, object]())


def phase(pod: Values) -> str:
    return text(mapping(pod.get("status")).get("phase"))


def allow(cluster: ControlPlane) -> None:
    """Gives a cluster's kwok and node groups the permissions without which they do not start."""
    permissions = ["apply", "--server-side", "--filename", str(simulated.PERMISSIONS)]
    kubectl = [str(Toolchain().path("kubectl")), "--kubeconfig", str(cluster.kubeconfig)]
    subprocess.run([*kubectl, *permissions], check=True, capture_output=True)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    api, kwok, health = free_ports(3)
    aws = stores.moto("127.0.0.1", api)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in ACCOUNT.items():
            patched.setenv(name, value)
        with control_plane.serving() as cluster:
            allow(cluster)
            simulation = Simulation(
                region=REGION, endpoint=aws.endpoint, address="127.0.0.1", kwok_port=kwok, node_groups_port=health
            )
            programs = [aws, *simulated.programs(cluster.home, Toolchain(), simulation)]
            with running(programs, cluster.home.logs):
                platform = _platform(tmp_path_factory.mktemp("platform"), aws.endpoint, cluster.kubeconfig)
                yield Site(
                    cluster=cluster, endpoint=aws.endpoint, health=f"http://127.0.0.1:{health}", platform=platform
                )


def _platform(folder: Path, endpoint: str, kubeconfig: Path) -> Stack:
    """The repository's program as the lab runs it, on this control plane and with the buckets in moto too."""
    project = cast("Values", yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "stackConfigDir": "config"}))
    link_program(folder)
    (folder / "config").mkdir()
    settings: Values = {
        "region": REGION,
        "cidr": "10.64.0.0/16",
        "zones": f"{REGION}a,{REGION}b",
        "filesystemGiB": "1200",
        "objectsBucket": "objects",
        "awsEndpoint": endpoint,
        "objectsEndpoint": endpoint,
        "kubeconfig": str(kubeconfig),
        "localVolume": "/shared",
        "gpuPool": {"capacity": {"kind": "on-demand"}},
        "cluster": {"deletion_protection": False},
    }
    document = {"config": {f"aifactory:{key}": value for key, value in settings.items()}}
    (folder / "config" / "Pulumi.lab.platform.yaml").write_text(yaml.safe_dump(document))
    stack = Stack(folder=folder, name="lab.platform")
    stack.init()
    return stack
