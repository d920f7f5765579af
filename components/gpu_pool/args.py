"""What a GPU pool is made from."""

from typing import TypedDict

import pulumi

from components.accelerators import Accelerator


class GpuPoolArgs(TypedDict):
    """What a GPU pool is made from."""

    accelerator: Accelerator
    """Facts of the pool's instance type, as EC2 gives them."""
    nodes: int
    """Desired count of nodes, at least 0. Plain, not an Input: policies and the fit of jobs are judged by it."""
    region: str
    """Where the pool is: its role's policies and principals are those of the region's partition."""
    subnet_id: pulumi.Input[str]
    """The one subnet to place nodes in: EFA traffic does not leave an Availability Zone."""
    security_group_id: pulumi.Input[str]
    """A group that admits all traffic from and to itself, as EFA asks."""
    cluster_name: pulumi.Input[str]
    """The EKS cluster that the nodes join."""
