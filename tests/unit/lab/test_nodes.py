"""What a node group's nodes are called, offer and keep off."""

import pytest

from components.instance_types import InstanceType
from host.documents import mapping
from lab.node_groups.groups import NodeGroup, Taint
from lab.node_groups.nodes import EFA, FAKE, GPU, capacity, name_of, nodes, taints

# Of the form that EC2 gives, and of no instance type's own numbers.
MACHINE: InstanceType = {
    "InstanceType": "x1.huge",
    "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
    "VCpuInfo": {"DefaultVCpus": 96},
    "MemoryInfo": {"SizeInMiB": 4096},
    "SupportedUsageClasses": ["on-demand"],
    "PlacementGroupInfo": {"SupportedStrategies": ["cluster"]},
    "NetworkInfo": {
        "MaximumNetworkInterfaces": 6,
        "NetworkCards": [
            {"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 2, "InterfaceTypes": ["interface"]},
            {"NetworkCardIndex": 1, "MaximumNetworkInterfaces": 2, "InterfaceTypes": ["efa", "efa-only"]},
            {"NetworkCardIndex": 2, "MaximumNetworkInterfaces": 2, "InterfaceTypes": ["efa", "efa-only"]},
        ],
    },
    "GpuInfo": {
        "Gpus": [{"Name": "H100", "Manufacturer": "NVIDIA", "Count": 8, "MemoryInfo": {"SizeInMiB": 81920}}],
    },
}


def group(
    *, arn: str = "arn:1", name: str = "gpu", facts: InstanceType = MACHINE, taints: tuple[Taint, ...] = ()
) -> NodeGroup:
    return NodeGroup(arn=arn, name=name, nodes=3, facts=facts, zones=("us-east-1a", "us-east-1b"), taints=taints)


def test_a_node_offers_what_its_type_has() -> None:
    assert capacity(MACHINE) == {"cpu": "96", "memory": "4096Mi", "pods": "250", GPU: "8", EFA: "2"}


def test_a_type_without_gpus_and_efa_offers_none() -> None:
    plain: InstanceType = {
        **MACHINE,
        "VCpuInfo": {"DefaultVCpus": 2},
        "NetworkInfo": {"MaximumNetworkInterfaces": 2, "NetworkCards": []},
    }
    del plain["GpuInfo"]
    assert capacity(plain) == {"cpu": "2", "memory": "4096Mi", "pods": "110"}


@pytest.mark.parametrize(
    ("effect", "others"),
    [("NoSchedule", ()), ("NoExecute", ()), ("PreferNoSchedule", (FAKE,))],
)
def test_only_a_taint_that_keeps_pods_off_makes_the_labs_own_needless(effect: str, others: tuple[Taint, ...]) -> None:
    own = Taint(key="nvidia.com/gpu", value="true", effect=effect)
    assert taints(group(taints=(own,))) == (own, *others)
    assert taints(group()) == (FAKE,)


def test_nodes_are_spread_over_the_zones_and_named_apart() -> None:
    made = [mapping(node["metadata"]) for node in nodes(group())]
    assert [mapping(one["labels"])["topology.kubernetes.io/zone"] for one in made] == [
        "us-east-1a",
        "us-east-1b",
        "us-east-1a",
    ]
    assert len({str(one["name"]) for one in made}) == 3


def test_a_name_tells_groups_and_types_apart_and_is_one_that_kubernetes_takes() -> None:
    other: InstanceType = {**MACHINE, "InstanceType": "x2.huge"}
    names = {name_of(one, 0) for one in (group(), group(arn="arn:2"), group(facts=other), group(name="GPU_Nodes--"))}
    assert len(names) == 4
    assert all(name == name.lower().strip("-") and "_" not in name for name in names)
