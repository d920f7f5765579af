"""What a network is made from."""

from typing import TypedDict


class NetworkArgs(TypedDict):
    """What a network is made from."""

    cidr: str
    """Address block of the VPC, e.g. `10.64.0.0/16`. Plain: it decides the subnets."""
    zones: list[str]
    """Availability Zones, at least 2. Plain: it decides how many subnets exist."""
