"""The arithmetic of a network: which addresses each subnet has."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from components.network.args import NetworkArgs
from components.violations import Violations

# VPC user guide, "VPC CIDR blocks" and "Subnet sizing": a VPC's block is a /16 to a /28, a subnet no smaller than a /28.
LARGEST_BLOCK = 16
SMALLEST_BLOCK = 28
# VPC user guide, "VPC quotas": 5 IPv4 blocks a VPC where no more were asked for.
MOST_BLOCKS = 5
# Private addresses (RFC 1918, RFC 6598). VPC user guide, "IPv4 CIDR block association restrictions": a further block is of
# the range of the first.
RANGES = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
# VPC user guide, "VPC CIDR blocks": some of AWS's services use it themselves, and so does a container runtime on its nodes.
TAKEN = ipaddress.IPv4Network("172.17.0.0/16")
# EKS user guide, "VPC and subnet considerations": a cluster needs subnets in two zones.
FEWEST_ZONES = 2
# A block is cut into a public and a private subnet for each of so many zones, whether there are that many or not: what is cut
# by the count of zones moves when another is added, and a subnet cannot move while anything is in it.
ZONES_A_BLOCK = 2
VACANT = "-"
"""Keeps the place of a zone that was given up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subnet:
    """One subnet to make."""

    zone: str
    cidr: str
    block: str
    """The VPC's block that these addresses are of."""
    public: bool

    @property
    def suffix(self) -> str:
        """Its part of the resource's name, e.g. `public-us-east-1a`."""
        return f"{'public' if self.public else 'private'}-{self.zone}"


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSpec:
    """A VPC with one public and one private subnet in each zone."""

    cidr: str
    more_cidrs: tuple[str, ...]
    subnets: tuple[Subnet, ...]

    @classmethod
    def parse(cls, args: NetworkArgs) -> Self:
        """Raises SpecError with every violation of the blocks and zones."""
        violations = Violations("Network")
        zones, more = tuple(args["zones"]), tuple(args.get("more_cidrs", ()))
        _check_zones(violations, zones, args.get("region", ""))
        given = [_block(violations, path, cidr) for path, cidr in _paths(args["cidr"], more)]
        blocks = [block for block in given if block]
        if len(blocks) == len(given):
            _check_blocks(violations, blocks, more)
            _check_room(violations, blocks, zones)
        violations.raise_if_any()
        return cls(
            cidr=str(blocks[0]),
            more_cidrs=tuple(map(str, blocks[1:])),
            subnets=tuple(
                _subnet(blocks, place, zone, public)
                for public in (True, False)
                for place, zone in enumerate(zones)
                if zone != VACANT
            ),
        )


def _subnet(blocks: Sequence[ipaddress.IPv4Network], place: int, zone: str, public: bool) -> Subnet:
    """That of the zone at a place of the list; its addresses depend on nothing but that place and its own block."""
    block = blocks[place // ZONES_A_BLOCK]
    bits = (2 * ZONES_A_BLOCK - 1).bit_length()
    slot = place % ZONES_A_BLOCK + (0 if public else ZONES_A_BLOCK)
    first = int(block.network_address) + (slot << (32 - block.prefixlen - bits))
    cidr = ipaddress.IPv4Network((first, block.prefixlen + bits))
    return Subnet(zone=zone, cidr=str(cidr), block=str(block), public=public)


def _check_zones(violations: Violations, zones: tuple[str, ...], region: str) -> None:
    named = [zone for zone in zones if zone != VACANT]
    written = ",".join(zones)
    # The control plane is in the first two, and EKS never changes the zones of a control plane.
    violations.unless(
        len(zones) >= FEWEST_ZONES and all(zones) and VACANT not in zones[:FEWEST_ZONES],
        "zones",
        written,
        f"a network spans {FEWEST_ZONES} Availability Zones or more, and the first {FEWEST_ZONES}, where the control plane is,"
        " are never given up",
        f"e.g. {region or 'us-east-1'}a,{region or 'us-east-1'}b",
    )
    violations.unless(len(set(named)) == len(named), "zones", written, "each Availability Zone is named once")
    for zone in named if region else ():
        violations.unless(
            re.fullmatch(rf"{re.escape(region)}[a-z]", zone) is not None,
            "zones",
            zone,
            f"an Availability Zone of {region} is {region} and a letter; EKS's control plane is in no Local or Wavelength Zone",
            f"aws ec2 describe-availability-zones --region {region}",
        )


def _paths(cidr: str, more: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("cidr", cidr), *((f"more_cidrs[{index}]", block) for index, block in enumerate(more))]


def _block(violations: Violations, path: str, cidr: str) -> ipaddress.IPv4Network | None:
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        violations.unless(False, path, cidr, f"a network has an IPv4 block ({error})", "e.g. 10.64.0.0/16")
        return None
    smallest = SMALLEST_BLOCK - (2 * ZONES_A_BLOCK - 1).bit_length()
    sized = violations.unless(
        LARGEST_BLOCK <= block.prefixlen <= smallest,
        path,
        cidr,
        f"a VPC's block is a /{LARGEST_BLOCK} or smaller, and {2 * ZONES_A_BLOCK} subnets of AWS's smallest size, a"
        f" /{SMALLEST_BLOCK}, make a /{smallest}",
        f"a /{LARGEST_BLOCK} to a /{smallest}",
    )
    # Python calls loopback, link-local, test and reserved addresses private too; AWS refuses those.
    private = violations.unless(
        any(block.subnet_of(one) for one in RANGES),
        path,
        cidr,
        "a VPC has private addresses: of " + ", ".join(map(str, RANGES)),
        "e.g. 10.64.0.0/16",
    )
    free = violations.unless(
        not block.overlaps(TAKEN),
        path,
        cidr,
        f"{TAKEN} is used by services of AWS and by container runtimes on the nodes themselves",
        "choose another block, e.g. 10.64.0.0/16",
    )
    return block if sized and private and free else None


def _check_blocks(violations: Violations, blocks: Sequence[ipaddress.IPv4Network], more: tuple[str, ...]) -> None:
    violations.unless(
        len(blocks) <= MOST_BLOCKS, "more_cidrs", ",".join(more), f"a VPC has {MOST_BLOCKS} blocks of addresses at most"
    )
    whole = _range(blocks[0])
    for index, block in enumerate(blocks[1:]):
        path = f"more_cidrs[{index}]"
        violations.unless(
            block.subnet_of(whole),
            path,
            block,
            f"AWS adds to {blocks[0]} only blocks of its own private range, {whole}",
        )
        twice = [str(other) for other in blocks[: index + 1] if other.overlaps(block)]
        violations.unless(
            not twice, path, block, f"the blocks of a VPC do not overlap, and this one does {', '.join(twice)}"
        )


def _check_room(violations: Violations, blocks: Sequence[ipaddress.IPv4Network], zones: tuple[str, ...]) -> None:
    room = ZONES_A_BLOCK * len(blocks)
    free = next((str(block) for block in _after(blocks[-1]) if not any(map(block.overlaps, (*blocks, TAKEN)))), "")
    violations.unless(
        len(zones) <= room,
        "zones",
        ",".join(zones),
        f"the subnets of {ZONES_A_BLOCK} zones fill a block of addresses and stay where they are: {len(zones)} zones need"
        f" {-(-len(zones) // ZONES_A_BLOCK)} blocks, and there {'is' if len(blocks) == 1 else 'are'} {len(blocks)}",
        "add another block to the VPC" + (f", e.g. {','.join((*map(str, blocks), free))}" if free else ""),
    )


def _range(block: ipaddress.IPv4Network) -> ipaddress.IPv4Network:
    return next(one for one in RANGES if block.subnet_of(one))


def _after(block: ipaddress.IPv4Network) -> list[ipaddress.IPv4Network]:
    """Blocks of the same size that follow one in its range."""
    last = int(_range(block).broadcast_address)
    starts = range(int(block.network_address), last, block.num_addresses)[1 : 4 * MOST_BLOCKS]
    return [ipaddress.IPv4Network((start, block.prefixlen)) for start in starts]
