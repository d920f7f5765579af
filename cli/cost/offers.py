"""What is taken of each of AWS's price lists, and by which attributes a row is recognised.

Attributes are compared by their letters and digits in lower case: the CSV says `Product Family`, `usageType` and
`Pre Installed S/W` where the JSON of the same list says `productFamily`, `usagetype` and `preInstalledSw`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cli.cost import prices
from cli.cost.prices import Per

Row = Mapping[str, str]
"""A row's attributes by the letters and digits of their names."""
Named = tuple[str, Per]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """One price list."""

    code: str
    columns: tuple[str, ...]
    """What tells its rows apart, beside `COLUMNS`; a file without them has another form than it had."""
    price_of: Callable[[Row], Named | None]
    """Name and unit of the price that a row has; None for what is not asked for."""
    expected: tuple[str, ...] = ()
    """Prices that every region has: without them the file is not whole, or has another form."""


# Columns of every list; capacity blocks and reservations are told apart where there is a column for it.
COLUMNS = ("termtype", "unit", "priceperunit", "currency", "productfamily", "usagetype")
OPTIONAL = ("startingrange", "regioncode", "locationtype", "marketoption")
HOURS = frozenset({"Hrs", "hrs", "Hours", "hours", "Hour", "hour"})
GB_MONTHS = frozenset({"GB-Mo", "GB-month", "GB-Month"})


def plain(name: str) -> str:
    """Letters and digits of a column's name, in lower case."""
    return "".join(character for character in name.lower() if character.isalnum())


def listed(row: Row) -> bool:
    """Whether a row is the list's price of a first unit: on demand, in a region, not of a Capacity Block."""
    return (
        row["termtype"] == "OnDemand"
        and row.get("startingrange", "0") in ("0", "")
        and row.get("locationtype", "") in ("AWS Region", "")
        and row.get("marketoption", "") in ("OnDemand", "")
    )


def _usage(row: Row, *names: str) -> str:
    """The usage type without its region's prefix, where it is one of these; else ""."""
    usage = row["usagetype"]
    return next((name for name in names if re.fullmatch(rf"([A-Z0-9]+-)?{re.escape(name)}", usage)), "")


def _ec2(row: Row) -> Named | None:
    family = row["productfamily"]
    if family in ("Compute Instance", "Compute Instance (bare metal)"):
        wanted = {
            "tenancy": "Shared",
            "operatingsystem": "Linux",
            "preinstalledsw": "NA",
            "licensemodel": "No License required",
            "capacitystatus": "Used",
        }
        if row["unit"] in HOURS and all(row[key] == value for key, value in wanted.items()):
            return prices.instance(row["instancetype"]), Per.HOUR
        return None
    if family == "NAT Gateway" and row["unit"] in HOURS and _usage(row, "NatGateway-Hours"):
        return prices.NAT_GATEWAY, Per.HOUR
    if family == "Storage" and row["unit"] in GB_MONTHS and _usage(row, "EBS:VolumeUsage.gp3"):
        return prices.volume("gp3"), Per.GB_MONTH
    if _usage(row, "EBS:VolumeP-IOPS.gp3"):
        return prices.volume_extra("gp3", "iops"), Per.MONTH
    # It is sold in GiB/s in newer lists and in MiB/s in older ones: of the latter alone the number is MiB/s.
    if _usage(row, "EBS:VolumeP-Throughput.gp3") and row["unit"] == "MiBps-Mo":
        return prices.volume_extra("gp3", "throughput"), Per.MONTH
    # Load balancers have a list of their own; older ones of EC2 have them too.
    return _elb(row)


def _eks(row: Row) -> Named | None:
    if row["unit"] not in HOURS:
        return None
    if _usage(row, "AmazonEKS-Hours:perCluster"):
        return prices.CLUSTER, Per.HOUR
    return (prices.EXTENDED_SUPPORT, Per.HOUR) if _usage(row, "AmazonEKS-Hours:extendedSupport") else None


def _vpc(row: Row) -> Named | None:
    if row["unit"] not in HOURS:
        return None
    if _usage(row, "VpcEndpoint-Hours"):
        return prices.INTERFACE_ENDPOINT, Per.HOUR
    return (prices.PUBLIC_IPV4, Per.HOUR) if _usage(row, "PublicIPv4:InUseAddress") else None


def _elb(row: Row) -> Named | None:
    kinds = {"Load Balancer-Application": "application", "Load Balancer-Network": "network"}
    kind = kinds.get(row["productfamily"], "")
    if kind and row["unit"] in HOURS and _usage(row, "LoadBalancerUsage"):
        return prices.load_balancer(kind), Per.HOUR
    return None


def _fsx(row: Row) -> Named | None:
    if row["productfamily"] != "Storage" or row["filesystemtype"].lower() != "lustre" or row["unit"] not in GB_MONTHS:
        return None
    storage = row["storagetype"].lower()
    if storage not in ("ssd", "hdd") or "backup" in row["usagetype"].lower():
        return None
    throughput = row["throughputcapacity"]
    if throughput in ("", "N/A", "NA"):
        return prices.lustre(storage, prices.SCRATCH), Per.GB_MONTH
    number = re.match(r"\d+", throughput)
    return (prices.lustre(storage, number[0]), Per.GB_MONTH) if number else None


def _efs(row: Row) -> Named | None:
    if row["productfamily"] == "Storage" and row["unit"] in GB_MONTHS and _usage(row, "TimedStorage-ByteHrs"):
        return prices.EFS_STORAGE, Per.GB_MONTH
    return None


def _s3(row: Row) -> Named | None:
    if row["productfamily"] == "Storage" and row["unit"] in GB_MONTHS and _usage(row, "TimedStorage-ByteHrs"):
        return prices.S3_STORAGE, Per.GB_MONTH
    return None


def _kms(row: Row) -> Named | None:
    return (prices.KEY, Per.MONTH) if re.fullmatch(r"([a-z0-9-]+-)?KMS-Keys", row["usagetype"]) else None


OFFERS: Mapping[str, Offer] = {
    offer.code: offer
    for offer in (
        Offer(
            code="AmazonEC2",
            columns=(
                "instancetype",
                "tenancy",
                "operatingsystem",
                "preinstalledsw",
                "licensemodel",
                "capacitystatus",
            ),
            price_of=_ec2,
            expected=(prices.NAT_GATEWAY, prices.volume("gp3")),
        ),
        Offer(code="AmazonEKS", columns=(), price_of=_eks, expected=(prices.CLUSTER,)),
        Offer(code="AmazonVPC", columns=(), price_of=_vpc, expected=(prices.INTERFACE_ENDPOINT,)),
        Offer(code="AWSELB", columns=(), price_of=_elb),
        Offer(code="AmazonFSx", columns=("filesystemtype", "storagetype", "throughputcapacity"), price_of=_fsx),
        Offer(code="AmazonEFS", columns=(), price_of=_efs),
        Offer(code="AmazonS3", columns=(), price_of=_s3),
        Offer(code="awskms", columns=(), price_of=_kms, expected=(prices.KEY,)),
    )
}
