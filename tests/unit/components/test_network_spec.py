"""Network: subnets lie inside their block, apart from each other, and stay where they are; bad blocks are refused by name."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.spec import VACANT, NetworkSpec, Subnet
from components.violations import SpecError

ZONES = [f"us-east-1{letter}" for letter in "abcdef"]
BLOCKS = ["10.64.0.0", "10.65.0.0", "10.66.0.0"]


def spec(zones: list[str], prefix: int = 16, blocks: int = 3) -> NetworkSpec:
    first, *more = (f"{block}/{prefix}" for block in BLOCKS[:blocks])
    return NetworkSpec.parse({"cidr": first, "more_cidrs": more, "zones": zones, "region": "us-east-1"})


def by_name(zones: list[str], prefix: int = 16) -> dict[str, Subnet]:
    return {subnet.suffix: subnet for subnet in spec(zones, prefix).subnets}


def violations(cidr: str = "10.64.0.0/16", zones: list[str] = ZONES[:2], more: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(SpecError) as caught:
        NetworkSpec.parse({"cidr": cidr, "more_cidrs": more, "zones": zones, "region": "us-east-1"})
    return [str(violation) for violation in caught.value.violations]


@given(prefix=st.integers(16, 26), count=st.integers(2, 6))
def test_subnets_lie_in_their_blocks_without_overlap(prefix: int, count: int) -> None:
    found = spec(ZONES[:count], prefix)
    blocks = [ipaddress.IPv4Network(subnet.cidr) for subnet in found.subnets]
    assert len(blocks) == 2 * count
    assert all(
        block.subnet_of(ipaddress.IPv4Network(one.block)) for block, one in zip(blocks, found.subnets, strict=True)
    )
    assert {one.block for one in found.subnets} <= {found.cidr, *found.more_cidrs}
    assert not any(one.overlaps(two) for one in blocks for two in blocks if one is not two)


def test_two_zones_have_the_addresses_that_they_always_had() -> None:
    assert [(one.suffix, one.cidr) for one in spec(ZONES[:2], blocks=1).subnets] == [
        ("public-us-east-1a", "10.64.0.0/18"),
        ("public-us-east-1b", "10.64.64.0/18"),
        ("private-us-east-1a", "10.64.128.0/18"),
        ("private-us-east-1b", "10.64.192.0/18"),
    ]


@given(
    zones=st.permutations(ZONES).flatmap(lambda zones: st.integers(2, 5).map(lambda count: zones[:count])),
    prefix=st.integers(16, 26),
)
def test_another_zone_moves_no_subnet(zones: list[str], prefix: int) -> None:
    before = by_name(zones, prefix)
    more = by_name([*zones, next(zone for zone in ZONES if zone not in zones)], prefix)
    assert {name: more[name] for name in before} == before


@given(given_up=st.sets(st.integers(2, 5)), prefix=st.integers(16, 26))
def test_a_zone_given_up_moves_no_subnet(given_up: set[int], prefix: int) -> None:
    whole = by_name(ZONES, prefix)
    left = by_name([VACANT if index in given_up else zone for index, zone in enumerate(ZONES)], prefix)
    assert left == {
        name: subnet for name, subnet in whole.items() if subnet.zone in {one.zone for one in left.values()}
    }
    assert len(left) == 2 * (len(ZONES) - len(given_up))


def test_a_third_zone_in_a_full_block_is_refused_with_a_block_that_is_free() -> None:
    (output,) = violations(zones=ZONES[:3])
    assert output.startswith("zones = 'us-east-1a,us-east-1b,us-east-1c'")
    assert "e.g. 10.64.0.0/16,10.65.0.0/16" in output
    assert len(spec(ZONES[:3], blocks=2).subnets) == 6


@pytest.mark.parametrize(
    "cidr", ["10.64.0.0/27", "10.64.0.0/28", "10.64.0.0/8", "10.64.0.1/16", "8.8.0.0/16", "nonsense", ""]
)
def test_a_bad_block_is_named(cidr: str) -> None:
    assert all(output.startswith("cidr = ") for output in violations(cidr))


@pytest.mark.parametrize(
    "cidr",
    [
        "127.0.0.0/16",  # loopback
        "169.254.0.0/16",  # link-local
        "224.0.0.0/16",  # multicast
        "240.0.0.0/16",  # reserved
        "0.0.0.0/16",
        "198.18.0.0/16",  # benchmarks
        "192.0.2.0/24",  # documentation
        "172.17.0.0/16",  # container runtimes
        "172.17.128.0/17",
    ],
)
def test_a_loopback_or_link_local_block_is_refused(cidr: str) -> None:
    (output,) = violations(cidr)
    assert output.startswith(f"cidr = '{cidr}'")


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.16.0.0/16", "172.31.0.0/20", "192.168.0.0/16", "100.64.0.0/16"])
def test_private_blocks_are_taken(cidr: str) -> None:
    assert NetworkSpec.parse({"cidr": cidr, "zones": ZONES[:2]}).cidr == cidr


@pytest.mark.parametrize(("more", "path"), [(("10.64.128.0/17",), "[0]"), (("10.65.0.0/16", "192.168.0.0/16"), "[1]")])
def test_a_further_block_that_aws_does_not_add_is_named(more: tuple[str, ...], path: str) -> None:
    (output,) = violations(more=more)
    assert output.startswith(f"more_cidrs{path} = ")


@pytest.mark.parametrize("zone", ["eu-west-1a", "us-east-1-bos-1a", "us-east-1-wl1-bos-wlz-1", "us-east-1"])
def test_a_zone_outside_the_region_is_refused(zone: str) -> None:
    (output,) = violations(zones=["us-east-1a", zone])
    assert output.startswith(f"zones = '{zone}'")


@pytest.mark.parametrize("zones", [[], ["us-east-1a"], ["us-east-1a", "-", "us-east-1c"], ["us-east-1a", "us-east-1a"]])
def test_fewer_than_two_zones_of_a_control_plane_are_refused(zones: list[str]) -> None:
    assert any(output.startswith("zones = ") for output in violations(zones=zones))
