"""Availability Zones, asked of EC2: only it knows which zone a name means in an account."""

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from components.accelerators import AwsAccess, unanswered
from components.ec2 import ec2_of
from components.violations import Violations

# EKS user guide, "VPC and subnet considerations": zones in which no control plane can be, by their IDs. Their names differ
# from account to account.
WITHOUT_EKS = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})


def check_zones(zones: Sequence[str], access: AwsAccess) -> None:
    """Raises SpecError for zones that are not the region's or in which EKS cannot be, and where EC2 does not answer."""
    written = ",".join(zones)
    try:
        found = ec2_of(access).describe_availability_zones(AllAvailabilityZones=True)["AvailabilityZones"]
    except (BotoCoreError, ClientError) as error:
        raise unanswered("Network", "zones", written, access, error) from error
    kinds = {zone.get("ZoneName", ""): zone.get("ZoneType", "availability-zone") for zone in found}
    ids = {zone.get("ZoneName", ""): zone.get("ZoneId", "") for zone in found}
    good = [name for name, kind in kinds.items() if kind == "availability-zone" and ids[name] not in WITHOUT_EKS]
    remedy = f"one of {', '.join(sorted(good))}"
    violations = Violations("Network")
    for zone in zones:
        known = violations.unless(zone in kinds, "zones", zone, f"EC2 in {access.region} knows no such zone", remedy)
        if known:
            violations.unless(
                kinds[zone] == "availability-zone",
                "zones",
                zone,
                f"a control plane of EKS is in Availability Zones, and this is a {kinds[zone]}",
                remedy,
            )
            violations.unless(
                ids[zone] not in WITHOUT_EKS,
                "zones",
                zone,
                f"EKS has no control plane in it: it is {ids[zone]} in this account",
                remedy,
            )
    violations.raise_if_any()
