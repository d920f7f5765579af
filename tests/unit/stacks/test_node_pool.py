"""Pools of nodes, planned from configuration alone."""

import json
from collections.abc import Generator, Mapping

import pytest

from components.gpu_pool.spec import POOL, pool_labels
from components.violations import SpecError
from stacks.configuration import of_stack
from stacks.node_pool import PlannedPools
from stacks.reader import Reader
from stacks.settings import PlatformSettings, StackName
from tests.local_moto import local_moto

NOWHERE = "http://127.0.0.1:1"
BLOCK = {
    "kind": "block",
    "id": "cr-0123456789abcdef0",
    "start": "2026-12-01T11:30:00Z",
    "end": "2026-12-15T11:30:00Z",
    "zone": "us-east-1b",
    "instances": 5,
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.fixture(scope="module")
def aws() -> Generator[str]:
    with local_moto() as endpoint:
        yield endpoint


def planned(env: str = "aws", **changed: object) -> PlannedPools:
    """Of an example's configuration, some of it changed."""
    values = of_stack(StackName(env, "platform")).values
    more = {key: value if isinstance(value, str) else json.dumps(value) for key, value in changed.items()}
    return PlannedPools.plan(PlatformSettings.read(Reader(f"{env}.platform", {**values, **more})))


def existing(**changed: str) -> PlannedPools:
    found: Mapping[str, str] = {"kubeconfig": "/kubeconfig", "objectsEndpoint": "https://store.example.org", **changed}
    return planned("onprem", **found)


def test_an_example_has_the_pools_that_it_declares() -> None:
    found = planned()
    gpu, system = found.pools
    assert (gpu.name, gpu.instance_type, gpu.nodes, gpu.nodes_key) == ("gpu", "p5.48xlarge", 5, "aifactory:gpuNodes")
    assert (gpu.gpus, gpu.efa, gpu.millicores, gpu.pods, gpu.arm) == (8, 32, 191_450, 100, False)
    assert gpu.labels == pool_labels(POOL, efa=True)
    assert (gpu.taints, gpu.zones) == (("nvidia.com/gpu",), ("us-east-1a",))
    assert (system.name, system.instance_type, system.nodes) == ("system", "r7i.8xlarge", 2)
    assert (system.taints, system.zones, system.gpus) == ((), ("us-east-1a", "us-east-1b"), 0)
    assert (found.filesystem_zone, found.notes) == ("us-east-1a", ())


def test_a_capacity_block_has_its_nodes_before_it_opens_and_in_its_zone() -> None:
    found = planned(gpuPool={"capacity": BLOCK})
    gpu, _ = found.pools
    assert (gpu.nodes, gpu.zones, found.filesystem_zone) == (5, ("us-east-1b",), "us-east-1b")


def test_an_autoscalers_pool_counts_its_maximum() -> None:
    gpu, system = planned("inference").pools
    assert (gpu.nodes, gpu.nodes_key) == (4, "aifactory:gpuPool.max_nodes")
    assert (system.instance_type, system.millicores) == ("m7i.2xlarge", 7910)


def test_karpenters_pool_counts_its_limit_and_is_where_its_block_is() -> None:
    """The same labels and taint as a managed group's: pods find either."""
    section = {"max_nodes": 6, "capacity": {**BLOCK, "instances": 6}}
    controllers = {"names": ["karpenter"]}
    found = planned(gpuPool="", gpuNodes="0", karpenterPool=section, controllers=controllers)
    gpu, _ = found.pools
    assert (gpu.nodes, gpu.nodes_key) == (6, "aifactory:karpenterPool.max_nodes")
    assert (gpu.zones, found.filesystem_zone) == (("us-east-1b",), "us-east-1b")
    managed, _ = planned().pools
    assert (gpu.labels, gpu.taints, gpu.gpus) == (managed.labels, managed.taints, managed.gpus)


def test_of_several_types_a_node_has_the_least_of_each() -> None:
    _, system = planned(systemPool={"instance_types": ["c7i.8xlarge", "r7i.2xlarge"], "nodes": 3}).pools
    assert (system.nodes, system.millicores, system.memory_mib) == (3, 7910, 65536 - 255 - 11 * 234 - 100)
    assert system.by_zone() == {"us-east-1a": 2, "us-east-1b": 1}


def test_a_network_that_exists_says_its_zones() -> None:
    network = {
        "vpc_id": "vpc-0123456789abcdef0",
        "private_subnet_ids": {"us-east-1c": "subnet-0", "us-east-1d": "subnet-1", "us-east-1e": "subnet-2"},
    }
    gpu, system = planned(network=network, gpuPool={}).pools
    assert (gpu.zones, system.zones) == (("us-east-1c",), ("us-east-1c", "us-east-1d"))


def test_a_third_zone_has_no_system_nodes() -> None:
    _, system = planned(zones="us-east-1a,us-east-1b,us-east-1c", cidr="10.64.0.0/16,10.65.0.0/16").pools
    assert system.zones == ("us-east-1a", "us-east-1b")


def test_of_nodes_that_exist_settings_say_what_they_say() -> None:
    gpu, system = existing(gpuNodes="4", gpusPerNode="8").pools
    assert (gpu.labels, gpu.nodes, gpu.gpus, gpu.millicores) == ({"nvidia.com/gpu.present": "true"}, 4, 8, None)
    assert (gpu.taints, gpu.kind) == ((), "nvidia.com/gpu.present=true")
    assert (system.nodes, system.millicores, system.by_zone()) == (None, None, {"": 0})
    assert existing().pools[0].nodes is None
    assert existing(gpuNodeLabels="").pools == (system,)
    assert existing().filesystem_zone == ""


def test_a_kubernetes_beside_eks_runs_the_pods() -> None:
    """The lab's own node is none of the simulated pool's."""
    _, system = planned("lab", kubeconfig="/kubeconfig", localVolume="/shared").pools
    assert (system.nodes, system.labels) == (None, {})


def test_ec2_that_does_not_answer_is_said_once_a_pool() -> None:
    found = planned(gpuInstanceType="p9.48xlarge", systemPool={"instance_types": ["m9.large"]}, awsEndpoint=NOWHERE)
    gpu, system = found.pools
    assert (gpu.gpus, gpu.nodes, system.millicores, system.nodes) == (None, 5, None, 2)
    assert [note.partition(":")[0] for note in found.notes] == [
        "workloads were not compared with the nodes of the GPU pool",
        "workloads were not compared with the nodes of the system pool",
    ]


def test_a_type_that_ec2_does_not_know_is_the_system_pools(aws: str) -> None:
    with pytest.raises(SpecError) as caught:
        planned(systemPool={"instance_types": ["m7i.2xlarge", "m99.large"]}, awsEndpoint=aws)
    (violation,) = caught.value.violations
    assert (caught.value.component, violation.path, violation.value) == ("SystemPool", "instance_types[1]", "m99.large")
    assert violation.rule == "EC2 in us-east-1 knows no such instance type"
    assert violation.remedy == "set one that it has, e.g. m7i.2xlarge"
