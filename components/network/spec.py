"""The arithmetic of a network: which addresses each subnet has."""

import ipaddress
from dataclasses import dataclass
from typing import Self

from components.faults import Faults
from components.network.args import NetworkArgs

# VPC user guide, "VPC CIDR blocks" and "Subnet sizing": a VPC is a /16 to a /28, a subnet no smaller than a /28.
LARGEST_VPC = 16
SMALLEST_BLOCK = 28
# EKS user guide, "VPC and subnet considerations": a cluster needs subnets in two zones.
FEWEST_ZONES = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Subnet:
    """One subnet to make."""

    zone: str
    cidr: str
    public: bool

    @property
    def suffix(self) -> str:
        """Its part of the resource's name, e.g. `public-us-east-1a`."""
        return f"{'public' if self.public else 'private'}-{self.zone}"


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSpec:
    """A VPC with one public and one private subnet in each zone, all of one size."""

    cidr: str
    subnets: tuple[Subnet, ...]

    @classmethod
    def parse(cls, args: NetworkArgs) -> Self:
        """Raises SpecError for a block or zones that cannot make a network."""
        faults = Faults("Network")
        zones = args["zones"]
        enough = faults.unless(
            len(set(zones)) >= FEWEST_ZONES and all(zones),
            "zones",
            ",".join(zones),
            f"a network spans {FEWEST_ZONES} Availability Zones or more, each named",
            "set aifactory:zones, e.g. us-east-1a,us-east-1b",
        )
        faults.unless(len(set(zones)) == len(zones), "zones", ",".join(zones), "each Availability Zone is named once")
        block = _block(args["cidr"], faults)
        if block is None or not enough:
            faults.raise_if_any()
        assert block is not None
        # 2 subnets a zone; halving until there are as many blocks as subnets.
        prefix = block.prefixlen + (2 * len(zones) - 1).bit_length()
        faults.unless(
            prefix <= SMALLEST_BLOCK,
            "cidr",
            args["cidr"],
            f"{2 * len(zones)} subnets in it would each be a /{prefix}, and AWS's smallest subnet is a /{SMALLEST_BLOCK}",
            f"set aifactory:cidr to a /{SMALLEST_BLOCK - (prefix - block.prefixlen)} or larger",
        )
        faults.raise_if_any()
        blocks = block.subnets(new_prefix=prefix)
        return cls(
            cidr=str(block),
            subnets=tuple(
                Subnet(zone=zone, cidr=str(next(blocks)), public=public) for public in (True, False) for zone in zones
            ),
        )


def _block(cidr: str, faults: Faults) -> ipaddress.IPv4Network | None:
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        faults.unless(False, "cidr", cidr, f"a network has an IPv4 block ({error})", "e.g. 10.64.0.0/16")
        return None
    sized = faults.unless(
        LARGEST_VPC <= block.prefixlen <= SMALLEST_BLOCK,
        "cidr",
        cidr,
        f"AWS's VPCs are /{LARGEST_VPC} to /{SMALLEST_BLOCK}",
    )
    private = faults.unless(block.is_private, "cidr", cidr, "a VPC has private addresses (RFC 1918)")
    return block if sized and private else None
