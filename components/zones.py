"""Availability Zones, asked of EC2: only it knows which zone a name means in an account."""

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from components.accelerators import AwsAccess, unanswered
from components.ec2 import ec2_of
from components.network.spec import FEWEST_ZONES
from components.violations import Violations

# EKS user guide, "VPC and subnet considerations": zones in which no control plane can be, by their IDs. Their names
# differ from account to account. Nodes alone may be there.
WITHOUT_EKS = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})


def check_zones(zones: Sequence[str], access: AwsAccess) -> None:
    """Raises SpecError for zones that are not the region's, for the first two, where the control plane is, if EKS
    cannot be there, and where EC2 does not answer. `zones` are those in use, in the network's order.
    """
    written = ",".join(zones)
    try:
        found = ec2_of(access).describe_availability_zones(AllAvailabilityZones=True)["AvailabilityZones"]
    except (BotoCoreError, ClientError) as error:
        raise unanswered("Network", "zones", written, access, error) from error
    kinds = {zone.get("ZoneName", ""): zone.get("ZoneType", "availability-zone") for zone in found}
    ids = {zone.get("ZoneName", ""): zone.get("ZoneId", "") for zone in found}
    ours = sorted(name for name, kind in kinds.items() if kind == "availability-zone")
    good = [name for name in ours if ids[name] not in WITHOUT_EKS]
    violations = Violations("Network")
    for place, zone in enumerate(zones):
        has_control_plane = place < FEWEST_ZONES
        remedy = f"one of {', '.join(good if has_control_plane else ours)}"
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
                not has_control_plane or ids[zone] not in WITHOUT_EKS,
                "zones",
                zone,
                f"EKS has no control plane in it: it is {ids[zone]} in this account",
                f"{remedy}; from the third place on it may hold nodes",
            )
    violations.raise_if_any()
