"""What a network is made from."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict


class NetworkArgs(TypedDict):
    """What a network is made from."""

    cidr: str
    """Address block of the VPC, e.g. `10.64.0.0/16`, for its first two zones. Plain: it decides the subnets."""
    zones: Sequence[str]
    """Availability Zones, at least 2. A zone's place in the list decides its subnets: append, and put `-` in the place of a
    zone that is given up, so that the subnets of the others stay where they are. Plain: it decides how many subnets exist.
    """
    more_cidrs: NotRequired[Sequence[str]]
    """Further blocks of the VPC, each for the next two zones."""
    region: NotRequired[str]
    """The region that the zones have to be of; not checked where absent."""
