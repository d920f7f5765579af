"""What a platform is going to need of an AWS account, as plain data."""

from dataclasses import dataclass
from typing import Literal

Market = Literal["on-demand", "spot", "reservation", "capacity-block"]
"""How a pool gets its machines; `reservation` is an On-Demand Capacity Reservation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolPlan:
    """Nodes of one instance type that are to run at once."""

    name: str
    instance_type: str
    vcpus: int
    """Of one node (DescribeInstanceTypes, VCpuInfo.DefaultVCpus)."""
    nodes: int
    zones: tuple[str, ...]
    """Zones of its subnets; a pool with EFA has one."""
    market: Market = "on-demand"
    reservation: str = ""
    """Id of the Capacity Reservation or Capacity Block; "" where there is none yet."""
    efa: int = 0
    """EFA interfaces that each node attaches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A platform before it is made."""

    region: str
    zones: tuple[str, ...]
    """Of the control plane and of every subnet."""
    pools: tuple[PoolPlan, ...] = ()
    cidrs: tuple[str, ...] = ()
    """Blocks of the VPC; empty where an existing VPC is used."""
    peers: tuple[str, ...] = ()
    """Ids of VPCs that the platform's own is to be connected to."""
    vpc: str = ""
    """Id of the platform's own VPC where it exists already: it does not overlap with itself."""
    cluster: str = ""
    """Name of the platform's own cluster where it exists already: its nodes are not counted twice."""
    version: str = ""
    """Kubernetes version of the cluster, e.g. `1.34`; "" for EKS's default."""
    addons: tuple[str, ...] = ()
    """EKS add-ons, e.g. `vpc-cni`."""
    endpoints: tuple[str, ...] = ()
    """Services that the VPC reaches by an interface endpoint, e.g. `ecr.api`."""
