"""In what order the platform at AWS is destroyed: whatever owns interfaces or finalizers goes before what it uses.

Pulumi destroys in the reverse order of dependencies: what has to outlive a resource is what the resource waits for.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest
from pulumi_aws import ec2

from components.eks_addons.table import BEFORE_NODES, ON_NODES
from components.entry.component import Entry
from components.karpenter_pool.component import KarpenterPool
from stacks import contracts
from stacks.configuration import of_stack
from stacks.layers import platform
from stacks.names import PROJECT
from stacks.settings import StackName, VaultSettings
from tests.unit.components.engine_requests import Requests, requested
from tests.unit.components.test_entry import on_aws
from tests.unit.components.test_karpenter_pool import pool

ROOT = Path(__file__).resolve().parents[3]
STACK = StackName("aws", "platform")
NOWHERE = "http://127.0.0.1:1"
ZONES = ("us-east-1a", "us-east-1b")
ROUTES = {
    *(f"network-{service}" for service in ("s3", "ecr.api", "ecr.dkr", "logs")),
    *(f"network-nat-{zone}" for zone in ZONES),
    *(f"network-private-{zone}" for zone in ZONES),
}
BEFORE = {f"addons-before-nodes-{name}" for name in BEFORE_NODES}


def planned(stack: StackName) -> contracts.VaultContract:
    return contracts.VaultContract.plan(VaultSettings.read(of_stack(stack.lower("vault"))))


@pytest.fixture(scope="module")
def found() -> Requests:
    """The example, as the engine is asked for it; its charts are not in the repository."""
    set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(ROOT)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patched.setenv(name, "testing")
        patched.setattr(contracts, "vault_of", planned)
        values = {**of_stack(STACK).values, "awsEndpoint": NOWHERE, "controllers": "{}"}
        set_all_config({f"{PROJECT}:{key}": value for key, value in values.items()})
        return requested(lambda: platform.deploy(STACK))


def entries(found: Requests) -> set[str]:
    """Who administers the cluster, and so takes it down: none of the roles that `AccessControl` makes may."""
    names = {key.split(" ", 1)[1] for key in found.asked if key.startswith("aws:eks/access")}
    names = {name for name in names if name.startswith("cluster-")}
    assert names
    return names


@pytest.mark.parametrize("nodes", ["system-nodes", "gpu-nodes"])
def test_nodes_go_while_they_still_reach_aws(found: Requests, nodes: str) -> None:
    """A node that reaches EKS no longer is never drained, and its interfaces keep its subnet and its group."""
    waits = found.waits_for(nodes)
    assert waits >= ROUTES | BEFORE | {"cluster-eks", "network-nodes"} | entries(found)
    assert not waits & {f"addons-{name}" for name in ON_NODES}


def test_gpu_nodes_go_before_the_system_pool(found: Requests) -> None:
    """The controllers that drain them run there."""
    assert "system-nodes" in found.waits_for("gpu-nodes")
    assert "gpu-nodes" not in found.waits_for("system-nodes")


@pytest.mark.parametrize("name", ON_NODES)
def test_addons_on_nodes_go_before_their_nodes(found: Requests, name: str) -> None:
    assert found.waits_for(f"addons-{name}") >= {"system-nodes", "cluster-eks"} | BEFORE | ROUTES


@pytest.mark.parametrize("name", ["factory", "filesystem-claim", "filesystem-volume"])
def test_kubernetes_objects_go_while_somebody_may_delete_them(found: Requests, name: str) -> None:
    """Without an access entry every deletion is refused, and the objects' finalizers never end."""
    assert found.waits_for(name) >= {"cluster-api", "cluster-eks"} | entries(found)


@pytest.mark.parametrize("name", ["filesystem-claim", "filesystem-volume", "filesystem-lustre"])
def test_what_pods_mount_goes_before_its_driver(found: Requests, name: str) -> None:
    assert found.waits_for(name) >= {"addons-aws-fsx-csi-driver", "system-nodes"}


def test_the_control_plane_removes_its_own_interfaces(found: Requests) -> None:
    """By its role and its policy; and EKS makes a group of logs again that is gone before its last line."""
    assert found.waits_for("cluster-eks") >= {"cluster-role", "cluster-logs", "network-private-us-east-1a"}


def test_load_balancers_and_nodes_of_controllers_go_before_the_controllers() -> None:
    """Ingresses and pools of Karpenter have finalizers that only their controller removes."""

    def program() -> None:
        controllers = ec2.Vpc("controllers", cidr_block="10.0.0.0/16")
        routes = ec2.Vpc("routes", cidr_block="10.0.0.0/16")
        Entry("entry", on_aws(), pulumi.ResourceOptions(depends_on=[controllers]))
        KarpenterPool("karpenter", pool(), pulumi.ResourceOptions(depends_on=[controllers, routes]))

    found = requested(program)
    assert found.waits_for("entry-gateway") >= {"controllers", "entry-balancer", "entry-pods-8000"}
    assert found.waits_for("karpenter-nodes") >= {
        *("controllers", "routes", "karpenter-class", "karpenter-access", "karpenter-role"),
    }
