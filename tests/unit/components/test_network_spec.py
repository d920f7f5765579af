"""Network: subnets lie inside the block, apart from each other; a block that is too small is refused by name."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.faults import SpecError
from components.network.spec import NetworkSpec

ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]


@given(prefix=st.integers(16, 25), count=st.integers(2, 3))
def test_subnets_fill_the_block_without_overlap(prefix: int, count: int) -> None:
    spec = NetworkSpec.parse({"cidr": f"10.64.0.0/{prefix}", "zones": ZONES[:count]})
    blocks = [ipaddress.IPv4Network(subnet.cidr) for subnet in spec.subnets]
    assert len(blocks) == 2 * count
    assert all(block.subnet_of(ipaddress.IPv4Network(spec.cidr)) for block in blocks)
    assert not any(one.overlaps(two) for one in blocks for two in blocks if one is not two)


@pytest.mark.parametrize("cidr", ["10.64.0.0/28", "10.64.0.0/8", "10.64.0.1/16", "8.8.0.0/16", "nonsense"])
def test_a_bad_block_is_named(cidr: str) -> None:
    with pytest.raises(SpecError, match="cidr = "):
        NetworkSpec.parse({"cidr": cidr, "zones": ZONES[:2]})
