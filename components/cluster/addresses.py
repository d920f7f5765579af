"""The rules of a cluster's addresses: who reaches its API, and where its services are."""

import ipaddress
from collections.abc import Sequence

from components.violations import Violations

Block = ipaddress.IPv4Network

# Addresses that never reach an endpoint on the internet: RFC 1918, RFC 6598, loopback and link-local. EKS user guide,
# "Cluster API server endpoint": blocks of reserved addresses are refused.
NOT_PUBLIC = tuple(
    map(Block, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"))
)
# Nobody owns more than a /8: what is larger is the internet, whole or in parts.
LARGEST_PUBLIC = 8
# EKS user guide, "Amazon EKS service quotas": public endpoint access CIDR ranges of a cluster.
MOST_PUBLIC = 40
# EKS API, KubernetesNetworkConfigRequest.serviceIpv4Cidr: private, /24 to /12, apart from the VPC; else EKS takes one
# of two.
PRIVATE = tuple(map(Block, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
LARGEST_SERVICE = 12
SMALLEST_SERVICE = 24
DEFAULT_SERVICE = tuple(map(Block, ("10.100.0.0/16", "172.20.0.0/16")))


def check_public(violations: Violations, cidrs: Sequence[str]) -> None:
    """Notes every block that opens the API to more than an owner's addresses, or to nobody."""
    violations.unless(
        len(cidrs) <= MOST_PUBLIC,
        "public_cidrs",
        len(cidrs),
        f"the public endpoint of a cluster admits {MOST_PUBLIC} blocks at most",
        "join neighbouring blocks, or come through the VPC",
    )
    violations.unless(
        len(set(cidrs)) == len(cidrs),
        "public_cidrs",
        ",".join(cidrs),
        "each block is named once",
        "remove what is named twice",
    )
    for index, cidr in enumerate(cidrs):
        path = f"public_cidrs[{index}]"
        block = _block(violations, path, cidr, "203.0.113.8/32")
        if block is None:
            continue
        violations.unless(
            block.prefixlen >= LARGEST_PUBLIC,
            path,
            cidr,
            "the API of a cluster is never open to the whole internet",
            "name the addresses of those who deploy, e.g. 203.0.113.8/32; none leaves the private endpoint alone",
        )
        violations.unless(
            block.prefixlen < LARGEST_PUBLIC or not any(block.overlaps(one) for one in NOT_PUBLIC),
            path,
            cidr,
            "a public endpoint sees public addresses, and EKS refuses reserved ones",
            "name the address behind which the network goes out; inside the VPC the private endpoint is open as it is",
        )


def check_service(violations: Violations, cidr: str, vpc_cidrs: Sequence[str]) -> None:
    """Notes a block of services that EKS refuses; "" where EKS chooses one."""
    blocks = [
        block
        for index, one in enumerate(vpc_cidrs)
        if (block := _block(violations, f"vpc_cidrs[{index}]", one, "10.64.0.0/16"))
    ]
    if not cidr:
        violations.unless(
            any(not _overlapping(default, blocks) for default in DEFAULT_SERVICE),
            "service_ipv4_cidr",
            "",
            f"EKS places services in {' or '.join(map(str, DEFAULT_SERVICE))}, and the VPC overlaps with both",
            "choose a private block that the VPC has not, e.g. 192.168.0.0/20",
        )
        return
    block = _block(violations, "service_ipv4_cidr", cidr, "172.20.0.0/16")
    if block is None:
        return
    violations.unless(
        LARGEST_SERVICE <= block.prefixlen <= SMALLEST_SERVICE,
        "service_ipv4_cidr",
        cidr,
        f"services have a block of /{SMALLEST_SERVICE} to /{LARGEST_SERVICE}",
        "e.g. 172.20.0.0/16",
    )
    violations.unless(
        any(block.subnet_of(one) for one in PRIVATE),
        "service_ipv4_cidr",
        cidr,
        f"services have private addresses: of {', '.join(map(str, PRIVATE))}",
        "e.g. 172.20.0.0/16",
    )
    shared = _overlapping(block, blocks)
    violations.unless(
        not shared,
        "service_ipv4_cidr",
        cidr,
        f"services and the VPC have addresses of their own, and this block overlaps with {', '.join(map(str, shared))}",
        "choose another block: it never changes once the cluster is made",
    )


def _overlapping(block: Block, others: Sequence[Block]) -> list[Block]:
    return [other for other in others if block.overlaps(other)]


def _block(violations: Violations, path: str, cidr: str, example: str) -> Block | None:
    try:
        return Block(cidr)
    except ValueError as error:
        violations.unless(False, path, cidr, f"a block of IPv4 addresses ({error})", f"e.g. {example}")
        return None
