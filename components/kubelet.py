"""What a node of EKS's Amazon Linux 2023 leaves to pods, of what its instance type has.

Source: awslabs/amazon-eks-ami, nodeadm/internal/kubelet: config.go (`GetMemoryMebibytesToReserve`,
`getCPUMillicoresToReserve`, `EvictionHard`) and maxpods/maxpods.go (`getMaxPodsFromENIInfo`, `DefaultMaxPods`). What
firmware and the Linux kernel take of the memory is not counted: it differs from type to type, and is nowhere published.
"""

from dataclasses import dataclass
from typing import Self

from components.accelerators import network_cards
from components.instance_types import NodeType

# Of memory, in MiB: kubelet's own, more for each pod that the node may have, and what eviction begins at.
RESERVED_MIB, RESERVED_MIB_A_POD, EVICTION_MIB = 255, 11, 100
# Of CPU: up to how many thousandths of a core, and the share of them in ten-thousandths.
CPU_BANDS = ((1000, 600), (2000, 100), (4000, 50))
CPU_SHARE_ABOVE = 25
# kubelet's default (KubeletConfiguration v1beta1, maxPods), where EC2 does not say what a type's interfaces take.
DEFAULT_MAX_PODS = 110
# aws-node and kube-proxy are on the host's network and take no address.
HOST_NETWORK_PODS = 2
# EKS user guide, "Choose an optimal EC2 node instance type": managed groups have no more pods a node, below and from 30
# vCPUs on.
MANAGED_PODS, MANAGED_PODS_LARGE, LARGE_VCPUS = 110, 250, 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Allocatable:
    """What the scheduler may give to the pods of one node."""

    millicores: int
    memory_mib: int
    pods: int

    @classmethod
    def of(cls, facts: NodeType) -> Self:
        """Of an instance type in a managed node group."""
        network = facts["NetworkInfo"]
        addresses = network.get("Ipv4AddressesPerInterface", 0)
        pods = max_pods(network_cards(facts)[0].max_interfaces, addresses) if addresses else DEFAULT_MAX_PODS
        return cls.from_capacity(facts["VCpuInfo"]["DefaultVCpus"], facts["MemoryInfo"]["SizeInMiB"], pods)

    @classmethod
    def from_capacity(cls, vcpus: int, memory_mib: int, pods: int) -> Self:
        """Of a node that has addresses for `pods`: kubelet reserves for so many, also where EKS allows it fewer."""
        return cls(
            millicores=vcpus * 1000 - reserved_millicores(vcpus),
            memory_mib=max(0, memory_mib - RESERVED_MIB - RESERVED_MIB_A_POD * pods - EVICTION_MIB),
            pods=min(pods, MANAGED_PODS if vcpus < LARGE_VCPUS else MANAGED_PODS_LARGE),
        )


def max_pods(interfaces: int, addresses: int) -> int:
    """Pods that the VPC CNI has addresses for: the first address of each interface is the node's own."""
    return interfaces * (addresses - 1) + HOST_NETWORK_PODS


def reserved_millicores(vcpus: int) -> int:
    """What kubelet keeps for itself and the container runtime: a share that falls with each band of cores."""
    whole, reserved, lower = vcpus * 1000, 0, 0
    for upper, share in (*CPU_BANDS, (whole, CPU_SHARE_ABOVE)):
        reserved += max(0, min(whole, upper) - lower) * share // 10000
        lower = upper
    return reserved
