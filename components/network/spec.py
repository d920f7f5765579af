"""The rules of a network, and its arithmetic: which addresses each subnet has."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, get_args

from components.network.args import ExistingNetworkArgs, Nat, NetworkArgs
from components.network.endpoints import check_endpoints
from components.violations import Violations

# VPC user guide, "VPC CIDR blocks" and "Subnet sizing": a VPC's block is a /16 to a /28, a subnet no smaller than a
# /28.
LARGEST_BLOCK = 16
SMALLEST_BLOCK = 28
# VPC user guide, "VPC quotas": 5 IPv4 blocks a VPC where no more were asked for.
MOST_BLOCKS = 5
# Private addresses (RFC 1918, RFC 6598). VPC user guide, "IPv4 CIDR block association restrictions": a further block is
# of the range of the first.
RANGES = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
# VPC user guide, "VPC CIDR blocks": some of AWS's services use it themselves, and so does a container runtime on its
# nodes.
TAKEN = ipaddress.IPv4Network("172.17.0.0/16")
# EKS user guide, "VPC and subnet considerations": a cluster needs subnets in two zones.
FEWEST_ZONES = 2
# A block is cut into a public and a private subnet for each of so many zones, whether there are that many or not: what
# is cut by the count of zones moves when another is added, and a subnet cannot move while anything is in it.
ZONES_A_BLOCK = 2
VACANT = "-"
"""Keeps the place of a zone that was given up."""
ZONE = re.compile(r"([a-z]{2,4}(?:-[a-z]+){1,2}-[0-9]{1,2})[a-z]")
NATS: tuple[Nat, ...] = get_args(Nat)
DESCRIBED = {"vpc": "vpcs", "subnet": "subnets", "sg": "security-groups"}
"""Prefix of an id -> what the AWS CLI calls its list."""
# CloudWatch Logs API, PutRetentionPolicy, retentionInDays.
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
FLOW_LOG_DAYS = 90
"""Where it is not said: a quarter, within which what happened in the network is looked for."""


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
    """A VPC with one public and one private subnet in each zone, and the ways out of it."""

    region: str
    cidr: str
    more_cidrs: tuple[str, ...]
    zones: tuple[str, ...]
    """Those in use, in order."""
    subnets: tuple[Subnet, ...]
    nat: Nat
    endpoints: tuple[str, ...]
    """Services with an interface endpoint."""
    flow_log_days: int
    """0 where no flow is logged."""

    @classmethod
    def parse(cls, args: NetworkArgs) -> Self:
        """Raises SpecError with every violation of the blocks and zones."""
        violations = Violations("Network")
        zones, more = tuple(args["zones"]), tuple(args.get("more_cidrs", ()))
        region = args.get("region") or region_of(zones)
        _check_zones(violations, zones, region, "zones")
        nat, endpoints = args.get("nat", "zone"), tuple(args.get("endpoints", ()))
        violations.unless(
            nat in NATS,
            "nat",
            nat,
            "a NAT gateway is in each zone, in one, or there is none",
            f"one of {', '.join(NATS)}",
        )
        check_endpoints(violations, endpoints, tuple(args.get("features", ())), region, closed=nat == "none")
        days = args.get("flow_log_days", FLOW_LOG_DAYS)
        _check_days(violations, days)
        given = [_block(violations, path, cidr) for path, cidr in _paths(args["cidr"], more)]
        blocks = [block for block in given if block]
        if len(blocks) == len(given):
            _check_blocks(violations, blocks, more)
            _check_room(violations, blocks, zones)
        violations.raise_if_any()
        return cls(
            region=region,
            cidr=str(blocks[0]),
            more_cidrs=tuple(map(str, blocks[1:])),
            zones=tuple(zone for zone in zones if zone != VACANT),
            nat=nat,
            endpoints=endpoints,
            flow_log_days=days,
            subnets=tuple(
                _subnet(blocks, place, zone, public)
                for public in (True, False)
                for place, zone in enumerate(zones)
                if zone != VACANT
            ),
        )

    @property
    def closed(self) -> bool:
        """Whether nothing in it has a way to the internet."""
        return self.nat == "none"

    @property
    def nat_zones(self) -> tuple[str, ...]:
        """Zones with a NAT gateway. A single one is in the first zone, which is never given up."""
        return {"zone": self.zones, "one": self.zones[:1], "none": ()}[self.nat]

    def nat_zone_of(self, zone: str) -> str:
        """The zone whose NAT gateway a zone's private subnet uses: its own where it has one, as traffic between zones
        has a price. Only of a network that is not closed.
        """
        return zone if zone in self.nat_zones else self.nat_zones[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingNetworkSpec:
    """A VPC that exists already."""

    zones: tuple[str, ...]
    """Those of its private subnets, in order."""

    @classmethod
    def parse(cls, args: ExistingNetworkArgs) -> Self:
        """Raises SpecError with every violation of the zones and ids."""
        violations = Violations("ExistingNetwork")
        private, public = args["private_subnet_ids"], args.get("public_subnet_ids", {})
        region = args.get("region") or region_of(tuple(private))
        _check_zones(violations, tuple(private), region, "private_subnet_ids")
        violations.unless(
            VACANT not in private,
            "private_subnet_ids",
            VACANT,
            "a subnet that exists is in a zone, and no place of a zone is kept",
            "leave it out",
        )
        named = {f"private_subnet_ids.{zone}": subnet for zone, subnet in private.items()}
        named |= {f"public_subnet_ids.{zone}": subnet for zone, subnet in public.items()}
        for path, kind, value in (
            ("vpc_id", "vpc", args["vpc_id"]),
            ("security_group_id", "sg", args.get("security_group_id")),
            *((path, "subnet", subnet) for path, subnet in named.items()),
        ):
            # What another resource gives is known only later.
            violations.unless(
                not isinstance(value, str)
                or re.fullmatch(rf"{kind}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", value) is not None,
                path,
                value,
                f"an id of EC2 is {kind}- and 8 or 17 hexadecimal digits",
                f"aws ec2 describe-{DESCRIBED[kind]}",
            )
        seen: dict[str, str] = {}
        for path, subnet in named.items():
            if isinstance(subnet, str):
                first = seen.setdefault(subnet, path)
                violations.unless(
                    first == path,
                    path,
                    subnet,
                    f"a subnet is in one zone, and either private or public, and this one is {first} too",
                    "name each subnet once",
                )
        for zone in public:
            violations.unless(
                zone in private,
                "public_subnet_ids",
                zone,
                "a load balancer is in the zones of the nodes that it leads to",
                f"one of {', '.join(private)}",
            )
        violations.raise_if_any()
        return cls(zones=tuple(private))


def region_of(zones: Sequence[str]) -> str:
    """The region of the first Availability Zone; "" where none is the name of one."""
    return next((found[1] for found in map(ZONE.fullmatch, zones) if found), "")


def _subnet(blocks: Sequence[ipaddress.IPv4Network], place: int, zone: str, public: bool) -> Subnet:
    """That of the zone at a place of the list; its addresses depend on nothing but that place and its own block."""
    block = blocks[place // ZONES_A_BLOCK]
    bits = (2 * ZONES_A_BLOCK - 1).bit_length()
    slot = place % ZONES_A_BLOCK + (0 if public else ZONES_A_BLOCK)
    first = int(block.network_address) + (slot << (32 - block.prefixlen - bits))
    cidr = ipaddress.IPv4Network((first, block.prefixlen + bits))
    return Subnet(zone=zone, cidr=str(cidr), block=str(block), public=public)


def _check_days(violations: Violations, days: int) -> None:
    longer = next((one for one in LOG_DAYS if type(days) is int and one >= days), LOG_DAYS[-1])
    violations.unless(
        type(days) is int and days in (0, *LOG_DAYS),
        "flow_log_days",
        days,
        "CloudWatch Logs keeps logs for one of " + ", ".join(map(str, LOG_DAYS)) + " days",
        f"set {longer}, or 0 for no flow logs",
    )


def _check_zones(violations: Violations, zones: tuple[str, ...], region: str, path: str) -> None:
    named = [zone for zone in zones if zone != VACANT]
    written = ",".join(zones)
    # The control plane is in the first two, and EKS never changes the zones of a control plane.
    violations.unless(
        len(zones) >= FEWEST_ZONES and all(zones) and VACANT not in zones[:FEWEST_ZONES],
        path,
        written,
        f"a network spans {FEWEST_ZONES} Availability Zones or more, and the first {FEWEST_ZONES}, where the control"
        " plane is, are never given up",
        f"e.g. {region or 'us-east-1'}a,{region or 'us-east-1'}b",
    )
    violations.unless(len(set(named)) == len(named), path, written, "each Availability Zone is named once")
    for zone in named:
        found = ZONE.fullmatch(zone)
        violations.unless(
            found is not None and found[1] == region,
            path,
            zone,
            f"an Availability Zone is its region, {region or 'e.g. us-east-1'}, and a letter; EKS's control plane is"
            " in no Local or Wavelength Zone",
            f"aws ec2 describe-availability-zones --region {region or 'REGION'}",
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
        f"the subnets of {ZONES_A_BLOCK} zones fill a block of addresses and stay where they are: {len(zones)} zones"
        f" need {-(-len(zones) // ZONES_A_BLOCK)} blocks, and there"
        f" {'is' if len(blocks) == 1 else 'are'} {len(blocks)}",
        "add another block to the VPC" + (f", e.g. {','.join((*map(str, blocks), free))}" if free else ""),
    )


def _range(block: ipaddress.IPv4Network) -> ipaddress.IPv4Network:
    return next(one for one in RANGES if block.subnet_of(one))


def _after(block: ipaddress.IPv4Network) -> list[ipaddress.IPv4Network]:
    """Blocks of the same size that follow one in its range."""
    last = int(_range(block).broadcast_address)
    starts = range(int(block.network_address), last, block.num_addresses)[1 : 4 * MOST_BLOCKS]
    return [ipaddress.IPv4Network((start, block.prefixlen)) for start in starts]
