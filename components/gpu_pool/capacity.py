"""Where a pool's instances come from, and what follows from it: market, placement, and when there can be nodes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias, cast

from components.accelerators import Accelerator
from components.violations import Violations

# EKS user guide, "Create a managed node group with Capacity Blocks for ML": EC2 begins to end instances 30 minutes
# before the block does, and EKS scales the group down 40 minutes before.
DRAIN = timedelta(minutes=40)
# EC2 user guide, "Capacity Blocks for ML": of an UltraServer EC2 begins 60 minutes before; the same 10 minutes are left
# to drain.
ULTRASERVER_DRAIN = timedelta(minutes=70)
# EC2 API, DescribeCapacityBlockOfferings: InstanceCount and CapacityDurationHours (182 days).
LARGEST_BLOCK = 64
LONGEST_BLOCK = timedelta(days=182)
RESERVATION = re.compile(r"cr-[0-9a-f]{8,17}")
# Resource Groups API, GroupArn.
RESOURCE_GROUP = re.compile(
    r"arn:aws(-[a-z]+)*:resource-groups:[a-z]{2}(-[a-z]+)+-\d:[0-9]{12}:group/[a-zA-Z0-9_.-]{1,300}(/[a-z0-9]{26})?"
)
# EC2 API, CreatePlacementGroup, GroupName: up to 255 ASCII characters.
GROUP_NAME = re.compile(r"[ -~]{1,255}")
# Families that are mostly sold out on demand, and whose quota on demand is 0 in a new account (Service Quotas,
# L-417A185B).
P_TYPE = re.compile(r"p\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class OnDemand:
    """Instances on demand, near each other in a cluster placement group that the pool makes."""

    capacity_type: ClassVar[str] = "ON_DEMAND"
    kind: ClassVar[str] = "on-demand"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """Spare instances. In no placement group, which would make them rarer still."""

    capacity_type: ClassVar[str] = "SPOT"
    kind: ClassVar[str] = "spot"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reserved:
    """Instances of an On-Demand Capacity Reservation or of a group of them, by exactly one of its two names.

    In the reservation's own placement group or in none: another one hides reserved instances from the pool
    (terraform-aws-eks#3730, eksctl-io/eksctl#7949).
    """

    capacity_type: ClassVar[str] = "ON_DEMAND"
    kind: ClassVar[str] = "reservation"
    reservation_id: str = ""
    resource_group_arn: str = ""
    placement_group: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Instances of a Capacity Block, which EC2 has placed already: a placement group is refused."""

    capacity_type: ClassVar[str] = "CAPACITY_BLOCK"
    kind: ClassVar[str] = "block"
    reservation_id: str
    start: datetime
    end: datetime
    drain: timedelta
    """How long before the end the pool has no nodes any more: before EC2 begins to end them."""

    @property
    def drained(self) -> datetime:
        """From when on the pool has no nodes."""
        return self.end - self.drain


Capacity: TypeAlias = OnDemand | Spot | Reserved | Block

# Keys of each kind: those that it needs, and those that it may have.
KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    OnDemand.kind: (frozenset(), frozenset()),
    Spot.kind: (frozenset(), frozenset()),
    Reserved.kind: (frozenset(), frozenset({"id", "resource_group_arn", "placement_group", "instances", "zone"})),
    Block.kind: (frozenset({"id", "start", "end", "zone", "instances"}), frozenset()),
}
CHOICES = '{"kind": "reservation"}, {"kind": "block"}, {"kind": "spot"} or {"kind": "on-demand"}'


def parse_capacity(
    given: Mapping[str, object] | None,
    *,
    accelerator: Accelerator,
    most_nodes: int,
    zone: str,
    violations: Violations,
) -> Capacity | None:
    """Where the instances come from; None where what was given breaks a rule, which is then noted."""
    found = len(violations.found)
    if given is None:
        if violations.unless(
            P_TYPE.match(accelerator.instance_type) is None,
            "capacity",
            None,
            f"where instances of {accelerator.instance_type} come from is said: on demand there are mostly none",
            f"set capacity to {CHOICES}, the last to try your luck",
        ):
            return OnDemand()
        return None
    kind = str(given.get("kind", ""))
    if not violations.unless(kind in KEYS, "capacity.kind", kind, f"capacity is one of {', '.join(KEYS)}", CHOICES):
        return None
    _check_keys(kind, given, violations)
    if len(violations.found) > found:
        return None
    usage = {Spot.kind: "spot", Block.kind: "capacity-block"}.get(kind, "on-demand")
    violations.unless(
        usage in accelerator.usage_classes,
        "capacity.kind",
        kind,
        f"EC2 sells {accelerator.instance_type} as {', '.join(accelerator.usage_classes)}",
        "choose another kind of capacity, or another instance type",
    )
    _check_zone(given, zone, violations)
    _check_count(given, most_nodes, violations)
    capacity = _parsed(kind, given, accelerator, violations)
    return capacity if len(violations.found) == found else None


def _check_keys(kind: str, given: Mapping[str, object], violations: Violations) -> None:
    """A key that is misspelt must not be a key that is ignored (terraform-aws-eks#3661)."""
    needed, optional = KEYS[kind]
    for key in sorted(given.keys() - needed - optional - {"kind"}):
        wanted = ", ".join(sorted(needed | optional)) or "none but kind"
        violations.unless(False, f"capacity.{key}", given[key], f"{kind} has no such key", f"its keys are {wanted}")
    for key in sorted(needed - given.keys()):
        violations.unless(False, f"capacity.{key}", None, f"{kind} needs it", f"set {key}")


def _check_zone(given: Mapping[str, object], zone: str, violations: Violations) -> None:
    if "zone" in given:
        violations.unless(
            given["zone"] == zone,
            "zone",
            zone,
            f"the pool's subnet is in the zone of its reservation, {given['zone']}",
            f"give the subnet of {given['zone']}, and zone with it",
        )


def _check_count(given: Mapping[str, object], most_nodes: int, violations: Violations) -> None:
    if "instances" not in given:
        return
    count = given["instances"]
    if violations.unless(
        type(count) is int and count >= 1, "capacity.instances", count, "a whole number of instances, 1 or more"
    ):
        violations.unless(
            most_nodes <= cast("int", count),
            "capacity.instances",
            count,
            f"the reservation has an instance for each of the pool's {most_nodes} nodes",
            f"reserve {most_nodes}, or let the pool have {count} nodes at most",
        )


def _parsed(
    kind: str, given: Mapping[str, object], accelerator: Accelerator, violations: Violations
) -> Capacity | None:
    if kind == Reserved.kind:
        return _reserved(given, violations)
    if kind == Block.kind:
        return _block(given, accelerator, violations)
    return Spot() if kind == Spot.kind else OnDemand()


def _reserved(given: Mapping[str, object], violations: Violations) -> Reserved:
    names = [key for key in ("id", "resource_group_arn") if given.get(key)]
    violations.unless(
        len(names) == 1,
        "capacity",
        " and ".join(names),
        "a reservation is named by exactly one of id and resource_group_arn",
        "remove one" if names else "aws ec2 describe-capacity-reservations",
    )
    if "id" in given:
        _check_id(given["id"], violations)
    if "resource_group_arn" in given:
        violations.unless(
            RESOURCE_GROUP.fullmatch(str(given["resource_group_arn"])) is not None,
            "capacity.resource_group_arn",
            given["resource_group_arn"],
            "the ARN of a resource group: arn:aws:resource-groups:REGION:ACCOUNT:group/NAME",
            "aws resource-groups list-groups",
        )
    group = given.get("placement_group", "")
    violations.unless(
        "placement_group" not in given or GROUP_NAME.fullmatch(str(group)) is not None,
        "capacity.placement_group",
        group,
        "the name of a placement group: 1 to 255 characters",
        "aws ec2 describe-placement-groups, or leave it out",
    )
    return Reserved(
        reservation_id=str(given.get("id", "")),
        resource_group_arn=str(given.get("resource_group_arn", "")),
        placement_group=str(group),
    )


def _block(given: Mapping[str, object], accelerator: Accelerator, violations: Violations) -> Block | None:
    _check_id(given["id"], violations)
    count = given["instances"]
    violations.unless(
        type(count) is not int or count <= LARGEST_BLOCK,
        "capacity.instances",
        count,
        f"a Capacity Block has {LARGEST_BLOCK} instances at most",
        "make a pool of each block",
    )
    times = [_time(key, given[key], violations) for key in ("start", "end")]
    start, end = times
    if start is None or end is None:
        return None
    violations.unless(
        start < end <= start + LONGEST_BLOCK,
        "capacity.end",
        given["end"],
        f"a Capacity Block ends after its start, {given['start']}, and within {LONGEST_BLOCK.days} days",
        "aws ec2 describe-capacity-reservations shows both",
    )
    drain = ULTRASERVER_DRAIN if accelerator.family.startswith("p6e-") else DRAIN
    return Block(reservation_id=str(given["id"]), start=start, end=end, drain=drain)


def _check_id(value: object, violations: Violations) -> None:
    violations.unless(
        RESERVATION.fullmatch(str(value)) is not None,
        "capacity.id",
        value,
        "the ID of a Capacity Reservation: cr- and hexadecimal digits",
        "aws ec2 describe-capacity-reservations",
    )


def _time(key: str, value: object, violations: Violations) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    good = violations.unless(
        found is not None and found.tzinfo is not None,
        f"capacity.{key}",
        value,
        "a time in ISO 8601 with an offset, e.g. 2027-01-04T11:30:00Z",
        "aws ec2 describe-capacity-reservations shows it",
    )
    return found if good else None
