"""A Kubernetes without nodes for tests: the real API server, controllers and scheduler, and no container anywhere."""

import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.home import Home
from host.documents import Values, mapping, sequence
from lab.node import pki
from lab.node_groups.api import Api
from lab.services import control_plane
from tests.support.programs import free_ports, running, until
from toolchain.install import Toolchain


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A running one, spoken to as its administrator."""

    home: Home
    api: Api

    @property
    def kubeconfig(self) -> Path:
        return pki.kubeconfig(self.home)

    def get(self, path: str, **query: str) -> Values:
        status, answer = self.api.request("GET", path, **query)
        return self.api.accepted(status, answer, path)

    def items(self, path: str, **query: str) -> list[Values]:
        return [mapping(item) for item in sequence(self.get(path, **query).get("items"))]

    def create(self, path: str, manifest: Mapping[str, object]) -> Values:
        status, answer = self.api.request("POST", path, manifest)
        return self.api.accepted(status, answer, path)

    def patch(
        self, path: str, change: Mapping[str, object], content_type: str = "application/merge-patch+json"
    ) -> Values:
        status, answer = self.api.request("PATCH", path, change, content_type)
        return self.api.accepted(status, answer, path)

    def delete(self, path: str) -> None:
        status, answer = self.api.request("DELETE", path, {"propagationPolicy": "Background"})
        self.api.accepted(status, answer, path)

    def namespace(self, name: str) -> str:
        """A new namespace, ready for pods: they wait for its default account."""
        self.create("/api/v1/namespaces", {"metadata": {"name": name}})
        until(lambda: self.api.get(f"/api/v1/namespaces/{name}/serviceaccounts/default") is not None)
        return name


@contextmanager
def serving() -> Generator[ControlPlane]:
    """Starts a control plane in a folder of its own, and ends it with the block."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AIFACTORY_HOME", tempfile.mkdtemp(prefix="aif-", dir="/var/tmp"))
        home = Home.open()
    api, etcd, peer, health, controllers, scheduler = free_ports(6)
    cluster = pki.Cluster(node="none", address="127.0.0.1", port=api)
    ports = control_plane.Ports(
        etcd=etcd, etcd_peer=peer, etcd_health=health, controller_manager=controllers, scheduler=scheduler
    )
    try:
        pki.issue(home, cluster)
        programs = control_plane.programs(home, Toolchain(), cluster, ports)
        with running(programs, home.logs):
            yield ControlPlane(home, Api(pki.kubeconfig(home)))
    finally:
        shutil.rmtree(home.root)
