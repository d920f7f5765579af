"""Where a GPU pool's instances come from: capacity decides market, placement and the size before and after a block."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gpu_pool.capacity import Block, OnDemand, Reserved, Spot
from components.gpu_pool.spec import GpuPoolSpec
from tests.unit.components.test_gpu_pool_spec import known, pool, the_violation, violations

START = datetime(2027, 1, 4, 11, 30, tzinfo=UTC)
END = datetime(2027, 1, 18, 11, 30, tzinfo=UTC)
BLOCK: dict[str, object] = {
    "kind": "block",
    "id": "cr-0123456789abcdef0",
    "start": "2027-01-04T11:30:00Z",
    "end": "2027-01-18T11:30:00Z",
    "zone": "us-east-1b",
    "instances": 4,
}
RESERVATION: dict[str, object] = {"kind": "reservation", "id": "cr-0123456789abcdef0"}
GROUP = "arn:aws:resource-groups:us-east-1:123456789012:group/h100"


def in_block(**changes: object) -> dict[str, object]:
    """Changes that make a pool of four p5 in the block, a day after its start."""
    return {
        "accelerator": known("p5.48xlarge"),
        "nodes": 4,
        "capacity": BLOCK,
        "zone": "us-east-1b",
        "now": START + timedelta(days=1),
        **changes,
    }


def test_a_p5_pool_waited_for_capacity_that_nobody_sells_on_demand() -> None:
    """A7, complaint 4: a P type has no default."""
    one = the_violation(accelerator=known("p5.48xlarge"))
    assert (one.path, one.value) == ("capacity", None)
    assert one.rule == "where instances of p5.48xlarge come from is said: on demand there are mostly none"
    assert '{"kind": "reservation"}' in one.remedy
    assert '{"kind": "on-demand"}' in one.remedy


def test_a_p5_pool_is_on_demand_where_its_user_says_so() -> None:
    made = GpuPoolSpec.parse(pool(accelerator=known("p5.48xlarge"), capacity={"kind": "on-demand"}))
    assert made.capacity == OnDemand()
    assert made.makes_placement_group


def test_a_g_type_is_on_demand_by_default() -> None:
    made = GpuPoolSpec.parse(pool())
    assert (made.capacity, made.capacity.capacity_type) == (OnDemand(), "ON_DEMAND")


def test_a_hidden_placement_group_kept_reserved_instances_away() -> None:
    """A7, complaints 1 and 2 (terraform-aws-eks#3730, eksctl#7949): only on demand does the pool make a group."""
    for capacity in ({"kind": "spot"}, RESERVATION, {"kind": "reservation", "resource_group_arn": GROUP}):
        made = GpuPoolSpec.parse(pool(capacity=capacity))
        assert not made.makes_placement_group
        assert not made.reservation_group
    assert not GpuPoolSpec.parse(pool(**in_block())).makes_placement_group


def test_the_reservations_own_group_was_ignored() -> None:
    """Complaint 3 (terraform-aws-eks#3661)."""
    made = GpuPoolSpec.parse(pool(capacity={**RESERVATION, "placement_group": "train"}))
    assert made.capacity == Reserved(reservation_id="cr-0123456789abcdef0", placement_group="train")
    assert (made.makes_placement_group, made.reservation_group) == (False, "train")


def test_a_misspelt_key_of_capacity_is_named() -> None:
    """Complaint 3: it is not ignored."""
    one = the_violation(capacity={**RESERVATION, "placementgroup": "train"})
    assert (one.path, one.value) == ("capacity.placementgroup", "train")
    assert one.rule == "reservation has no such key"
    assert one.remedy == "its keys are id, instances, placement_group, resource_group_arn, zone"


def test_a_kind_of_capacity_that_does_not_exist_is_named() -> None:
    one = the_violation(capacity={"kind": "lease"})
    assert (one.path, one.value) == ("capacity.kind", "lease")
    assert one.rule == "capacity is one of on-demand, spot, reservation, block"
    assert '{"kind": "block"}' in one.remedy


def test_spot_is_its_own_market() -> None:
    made = GpuPoolSpec.parse(pool(capacity={"kind": "spot"}))
    assert (made.capacity, made.capacity.capacity_type) == (Spot(), "SPOT")


@pytest.mark.parametrize(
    ("names", "value"), [({}, ""), ({"id": "cr-01234567", "resource_group_arn": GROUP}, "id and resource_group_arn")]
)
def test_a_reservation_has_one_name(names: dict[str, str], value: str) -> None:
    one = the_violation(capacity={"kind": "reservation", **names})
    assert (one.path, one.value) == ("capacity", value)
    assert one.rule == "a reservation is named by exactly one of id and resource_group_arn"


def test_names_that_are_no_reservations_are_named() -> None:
    one = the_violation(capacity={"kind": "reservation", "id": "r-1"})
    assert (one.path, one.value, one.remedy) == ("capacity.id", "r-1", "aws ec2 describe-capacity-reservations")
    one = the_violation(capacity={"kind": "reservation", "resource_group_arn": "arn:aws:ec2:x"})
    assert (one.path, one.value) == ("capacity.resource_group_arn", "arn:aws:ec2:x")
    assert one.remedy == "aws resource-groups list-groups"
    one = the_violation(capacity={**RESERVATION, "placement_group": ""})
    assert (one.path, one.value) == ("capacity.placement_group", "")


def test_a_pool_larger_than_its_reservation_is_named() -> None:
    """Rule 20."""
    one = the_violation(capacity={**RESERVATION, "instances": 3}, nodes=2, min_nodes=0, max_nodes=4)
    assert (one.path, one.value) == ("capacity.instances", 3)
    assert one.rule == "the reservation has an instance for each of the pool's 4 nodes"
    assert one.remedy == "reserve 4, or let the pool have 3 nodes at most"


@pytest.mark.parametrize("count", [0, True, "4"])
def test_a_count_of_instances_that_is_none_is_named(count: object) -> None:
    one = the_violation(capacity={**RESERVATION, "instances": count})
    assert (one.path, one.value, one.rule) == (
        "capacity.instances",
        count,
        "a whole number of instances, 1 or more",
    )


@pytest.mark.parametrize("zone", ["", "us-east-1a"])
def test_a_subnet_in_another_zone_than_the_reservation_is_named(zone: str) -> None:
    """Rules 19 and 20."""
    one = the_violation(**in_block(zone=zone))
    assert (one.path, one.value) == ("zone", zone)
    assert one.rule == "the pool's subnet is in the zone of its reservation, us-east-1b"
    assert one.remedy == "give the subnet of us-east-1b, and zone with it"


def test_a_type_that_is_not_sold_in_blocks_is_named() -> None:
    """Rule 19: SupportedUsageClasses of EC2."""
    one = the_violation(**in_block(accelerator=known("g6e.48xlarge")))
    assert (one.path, one.value) == ("capacity.kind", "block")
    assert one.rule == "EC2 sells g6e.48xlarge as on-demand, spot"


@pytest.mark.parametrize("key", ["id", "start", "end", "zone", "instances"])
def test_a_block_without_all_that_eks_asks_of_it_is_named(key: str) -> None:
    given_keys = {name: value for name, value in BLOCK.items() if name != key}
    one = the_violation(**in_block(capacity=given_keys))
    assert (one.path, one.value, one.rule, one.remedy) == (f"capacity.{key}", None, "block needs it", f"set {key}")


@pytest.mark.parametrize("value", ["tomorrow", "2027-01-04T11:30:00", 5])
@pytest.mark.parametrize("key", ["start", "end"])
def test_a_time_without_its_offset_is_named(key: str, value: object) -> None:
    one = the_violation(**in_block(capacity={**BLOCK, key: value}))
    assert (one.path, one.value) == (f"capacity.{key}", value)
    assert one.rule == "a time in ISO 8601 with an offset, e.g. 2027-01-04T11:30:00Z"


@pytest.mark.parametrize("end", ["2027-01-04T11:30:00Z", "2027-07-05T11:30:01Z"])
def test_a_block_that_ends_when_none_does_is_named(end: str) -> None:
    one = the_violation(**in_block(capacity={**BLOCK, "end": end}))
    assert (one.path, one.value) == ("capacity.end", end)
    assert one.rule == "a Capacity Block ends after its start, 2027-01-04T11:30:00Z, and within 182 days"


@pytest.mark.parametrize("now", [None, datetime(2027, 1, 5)])
def test_a_block_asks_for_the_time_with_its_zone(now: datetime | None) -> None:
    changes = in_block(now=now) if now else {k: v for k, v in in_block().items() if k != "now"}
    one = the_violation(**changes)
    assert (one.path, one.value, one.remedy) == ("now", now, "set now to datetime.now(UTC)")


def test_a_block_of_more_instances_than_ec2_sells_is_named() -> None:
    one = the_violation(**in_block(capacity={**BLOCK, "instances": 65}))
    assert (one.path, one.value, one.rule) == ("capacity.instances", 65, "a Capacity Block has 64 instances at most")
    assert one.remedy == "make a pool of each block"


def test_a_pool_larger_than_its_block_is_named() -> None:
    """Rule 19."""
    assert [one.path for one in violations(**in_block(nodes=5))] == ["capacity.instances"]


def test_a_range_that_keeps_nodes_after_the_block_is_named() -> None:
    one = the_violation(**in_block(min_nodes=1, max_nodes=4))
    assert (one.path, one.value, one.remedy) == ("min_nodes", 1, "set 0")


@given(now=st.datetimes(datetime(2026, 12, 1), datetime(2027, 3, 1), timezones=st.just(UTC)))
def test_a_block_that_is_not_open_had_nodes(now: datetime) -> None:
    """A7, complaint 5: desired 0 before the start, and from 40 minutes before the end."""
    made = GpuPoolSpec.parse(pool(**in_block(now=now)))
    is_open = START <= now < END - timedelta(minutes=40)
    assert made.desired_nodes == (4 if is_open else 0)
    assert (made.fewest_nodes, made.most_nodes, made.nodes) == (0, 4, 4)
    assert [one.start_time for one in made.scheduled] == (["2027-01-04T11:30:00Z"] if now < START else [])
    assert made.capacity.capacity_type == "CAPACITY_BLOCK"


def test_a_block_opens_at_one_moment_in_every_zone_of_the_world() -> None:
    there = timezone(timedelta(hours=2))
    block = {**BLOCK, "start": "2027-01-04T13:30:00+02:00"}
    made = GpuPoolSpec.parse(pool(**in_block(capacity=block, now=START.astimezone(there) - timedelta(seconds=1))))
    assert made.desired_nodes == 0
    assert [one.start_time for one in made.scheduled] == ["2027-01-04T11:30:00Z"]
    assert GpuPoolSpec.parse(pool(**in_block(capacity=block, now=START.astimezone(there)))).desired_nodes == 4


@pytest.mark.parametrize(
    ("name", "minutes", "actions"), [("p5.48xlarge", 40, []), ("p6e-gb200.36xlarge", 70, ["2027-01-18T10:20:00Z"])]
)
def test_nodes_are_drained_before_ec2_ends_them(name: str, minutes: int, actions: list[str]) -> None:
    """EC2 begins 30 minutes before the end, and of an UltraServer 60: before EKS's own action, so the pool has one."""
    facts = replace(known("p5.48xlarge"), instance_type=name)
    made = GpuPoolSpec.parse(pool(**in_block(accelerator=facts)))
    assert isinstance(made.capacity, Block)
    assert made.capacity.drained == END - timedelta(minutes=minutes)
    assert [one.start_time for one in made.scheduled] == actions
    after = GpuPoolSpec.parse(pool(**in_block(accelerator=facts, now=END)))
    assert (after.desired_nodes, after.scheduled) == (0, ())
