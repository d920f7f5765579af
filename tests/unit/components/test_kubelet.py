"""What kubelet keeps of a node: as EKS's own image computes it, and never more than there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from components import instance_types
from components.instance_types import NodeType
from components.kubelet import Allocatable, max_pods, reserved_millicores

VCPUS, MIB, PODS = some.integers(1, 448), some.integers(0, 32 << 20), some.integers(1, 1600)


# awslabs/amazon-eks-ami, nodeadm/internal/kubelet/eni-max-pods.txt.
@pytest.mark.parametrize(
    ("name", "pods"),
    [
        *(("p5.48xlarge", 100), ("p5en.48xlarge", 198), ("p4d.24xlarge", 737), ("p6-b200.48xlarge", 198)),
        *(("g6e.12xlarge", 292), ("g6e.48xlarge", 492), ("g5.48xlarge", 345), ("g6.xlarge", 58)),
        *(("m7i.2xlarge", 58), ("m7i.large", 29), ("r7i.8xlarge", 234), ("m7g.medium", 8), ("c7i.48xlarge", 737)),
    ],
)
def test_pods_of_a_type_are_those_of_its_first_card(name: str, pods: int) -> None:
    network = (instance_types.known().get(name) or instance_types.system()[name])["NetworkInfo"]
    cards = network["NetworkCards"]
    assert max_pods(cards[0]["MaximumNetworkInterfaces"], network.get("Ipv4AddressesPerInterface", 0)) == pods


@pytest.mark.parametrize(("vcpus", "reserved"), [(1, 60), (2, 70), (4, 80), (8, 90), (32, 150), (192, 550)])
def test_the_share_of_cores_falls_with_their_count(vcpus: int, reserved: int) -> None:
    assert reserved_millicores(vcpus) == reserved


def test_a_node_gives_less_than_its_type_has() -> None:
    found = Allocatable.of(instance_types.known()["p5.48xlarge"])
    assert found == Allocatable(millicores=191450, memory_mib=2097152 - 255 - 11 * 100 - 100, pods=100)


def test_kubelet_reserves_for_pods_that_eks_does_not_allow() -> None:
    found = Allocatable.of(instance_types.system()["m7i.48xlarge"])
    assert (found.pods, found.memory_mib) == (250, 786432 - 255 - 11 * 737 - 100)
    assert Allocatable.from_capacity(29, 1 << 20, 234).pods == 110


def test_a_type_of_unknown_addresses_has_kubelets_default() -> None:
    facts: NodeType = {
        **instance_types.system()["m7i.48xlarge"],
        "NetworkInfo": {
            "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 15}],
            "MaximumNetworkInterfaces": 15,
        },
    }
    assert Allocatable.of(facts).memory_mib == 786432 - 255 - 11 * 110 - 100


@given(VCPUS, MIB, PODS)
def test_nothing_is_negative_or_more_than_there_is(vcpus: int, mib: int, pods: int) -> None:
    found = Allocatable.from_capacity(vcpus, mib, pods)
    assert 0 < found.millicores < vcpus * 1000
    assert 0 <= found.memory_mib <= mib
    assert 0 < found.pods <= pods


@given(VCPUS, MIB, PODS, some.integers(0, 64), some.integers(0, 1 << 20), some.integers(0, 100))
def test_a_larger_machine_gives_no_less(vcpus: int, mib: int, pods: int, cores: int, more: int, fewer: int) -> None:
    small = Allocatable.from_capacity(vcpus, mib, pods)
    large = Allocatable.from_capacity(vcpus + cores, mib + more, pods)
    assert large.millicores >= small.millicores
    assert large.memory_mib >= small.memory_mib
    assert large.pods >= small.pods
    assert Allocatable.from_capacity(vcpus, mib, max(1, pods - fewer)).memory_mib >= small.memory_mib
