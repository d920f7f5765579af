"""Simulated GPU nodes: a controller that makes a node of each instance of an EKS node group, and kwok as their kubelet."""

import sys
from dataclasses import dataclass, field

from cli.home import Home
from host.cache import REPOSITORY
from lab.node import pki
from lab.node.program import Program, answers
from toolchain.install import Toolchain

STAGES = REPOSITORY / "lab" / "manifests" / "kwok.yaml"
PERMISSIONS = REPOSITORY / "lab" / "manifests" / "simulated.yaml"
"""What both programs need in the cluster before they can start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """Whose node groups are simulated."""

    region: str
    endpoint: str
    """URL of EKS and EC2."""
    address: str
    """Where both programs answer for their health."""
    environment: dict[str, str] = field(default_factory=dict[str, str])
    """What boto3 takes its account from."""
    kwok_port: int = 10247
    node_groups_port: int = 10245


def programs(home: Home, toolchain: Toolchain, simulation: Simulation) -> list[Program]:
    """Both programs, for the cluster whose kubeconfigs `pki.issue` made."""
    address = simulation.address
    return [
        Program(
            name="kwok",
            command=(
                *(toolchain.path("kwok"), "--config", STAGES),
                *("--kubeconfig", pki.kubeconfig(home, "kwok")),
                *("--server-address", f"{address}:{simulation.kwok_port}"),
            ),
            healthy=answers(f"http://{address}:{simulation.kwok_port}/healthz"),
            after=("kube-apiserver",),
        ),
        Program(
            name="node-groups",
            command=(
                *(sys.executable, "-m", "lab.node_groups"),
                *("--kubeconfig", pki.kubeconfig(home, "node-groups")),
                *("--region", simulation.region, "--endpoint", simulation.endpoint),
                *("--address", address, "--port", str(simulation.node_groups_port)),
            ),
            environment=simulation.environment,
            healthy=answers(f"http://{address}:{simulation.node_groups_port}/healthz"),
            after=("kube-apiserver", "moto", "kwok"),
        ),
    ]
