"""What the rest of a factory takes of a network, whoever made it."""

from typing import Protocol

import pulumi


class NetworkOutputs(Protocol):
    """A network that was made here, or one that exists already."""

    vpc_id: pulumi.Output[str]
    zones: list[str]
    """Availability Zones of the private subnets, in their order; the control plane is in the first two."""
    private_subnet_ids: list[pulumi.Output[str]]
    """One a zone, for nodes and the control plane."""
    public_subnet_ids: list[pulumi.Output[str]]
    """For load balancers on the internet; empty where there are none."""
    security_group_id: pulumi.Output[str]
    """The group in which nodes, control plane and filesystems talk to each other. Who uses it waits for its rules."""
    routes: list[pulumi.Resource]
    """What has to exist before a node can reach AWS's APIs, and has to outlive it: node groups depend on it."""
