"""What a network is made from."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypeAlias, TypedDict

import pulumi

from components.network.endpoints import Feature

Nat: TypeAlias = Literal["zone", "one", "none"]


class NetworkArgs(TypedDict):
    """What a network is made from."""

    cidr: str
    """Address block of the VPC, e.g. `10.64.0.0/16`, for its first two zones. Plain: it decides the subnets."""
    zones: Sequence[str]
    """Availability Zones, at least 2. A zone's place in the list decides its subnets: append, and put `-` in the place
    of a zone that is given up, so that the subnets of the others stay where they are. Plain: it decides how many
    subnets exist.
    """
    more_cidrs: NotRequired[Sequence[str]]
    """Further blocks of the VPC, each for the next two zones."""
    region: NotRequired[str]
    """The region that the zones have to be of, e.g. `us-east-1`; that of the first zone where absent."""
    nat: NotRequired[Nat]
    """How private subnets reach the internet: `zone`, a NAT gateway in each zone, where absent; `one`, a gateway in the
    first zone, which is cheaper, and whose failure cuts off every zone; `none`, not at all: the network is closed.
    """
    endpoints: NotRequired[Sequence[str]]
    """Services with an interface endpoint, as AWS names them after the region, e.g. `ecr.api`; none where absent. A
    full name, e.g. `gov.ic.c2s.us-iso-east-1.ec2`, is taken as it is. S3 always has a gateway endpoint, which is free.
    A closed network needs every one of `closed_endpoints(features)`.
    """
    features: NotRequired[Sequence[Feature]]
    """What runs in the cluster and calls AWS, e.g. `karpenter`; a closed network is compared with it."""
    flow_log_days: NotRequired[int]
    """Days that CloudWatch Logs keeps a record of each flow in the VPC; 90 where absent, 0 for no flow logs."""


class ExistingNetworkArgs(TypedDict):
    """What a network that exists already is used by."""

    vpc_id: pulumi.Input[str]
    """The VPC, with DNS support and DNS hostnames on."""
    private_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Availability Zone -> its subnet for nodes, at least 2 zones; the control plane is in the first two, and stays
    there. Each subnet has a way to AWS's APIs already, and the tag `kubernetes.io/role/internal-elb` for internal load
    balancers.
    """
    public_subnet_ids: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Availability Zone -> its subnet for load balancers on the internet, with the tag `kubernetes.io/role/elb`."""
    security_group_id: NotRequired[pulumi.Input[str]]
    """A group that admits all traffic from and to itself, as EFA asks; one is made where absent."""
    region: NotRequired[str]
    """The region that the zones have to be of; that of the first zone where absent."""
