"""Prices of AWS: an extract of its price list, each number with its source and its date."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated

import yaml
from annotated_types import MinLen
from pydantic import AfterValidator

from components.document import Number, Rule, Section, Text, broken, full, load, parsed, read

MONTH = 730
"""Hours of a month, as AWS's own calculator counts them."""
SHIPPED = Path(__file__).parent / "extracts"
"""Extracts that come with the project, one a region."""
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")

CLUSTER = "eks/cluster"
EXTENDED_SUPPORT = "eks/extended-support"
NAT_GATEWAY = "vpc/nat-gateway"
INTERFACE_ENDPOINT = "vpc/interface-endpoint"
PUBLIC_IPV4 = "vpc/public-ipv4"
KEY = "kms/key"
EFS_STORAGE = "efs/standard"
S3_STORAGE = "s3/standard"
SCRATCH = "scratch"
"""Throughput class of a file system of FSx for Lustre that does not persist."""


def instance(instance_type: str) -> str:
    """Name of the price of an EC2 instance: on demand, shared tenancy, Linux."""
    return f"ec2/{instance_type}"


def volume(kind: str) -> str:
    """Name of the price of EBS's storage, e.g. of `gp3`."""
    return f"ebs/{kind}"


def volume_extra(kind: str, what: str) -> str:
    """Name of the price of what a volume has above what its storage includes: `iops` or `throughput`."""
    return f"ebs/{kind}-{what}"


def lustre(storage: str, throughput: str) -> str:
    """Name of the price of FSx for Lustre's storage: `ssd` or `hdd`, and MB/s a TiB or `scratch`."""
    return f"lustre/{storage.lower()}/{throughput}"


def load_balancer(kind: str) -> str:
    """Name of the price of a load balancer that stands: `application` or `network`."""
    return f"elb/{kind}"


class Per(Enum):
    """What a price is for; the values are the keys of an extract."""

    HOUR = "per_hour"
    MONTH = "per_month"
    """Of a thing, or of a unit of what is provisioned, a month."""
    GB_MONTH = "per_gb_month"


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What one unit costs."""

    usd: Decimal
    per: Per
    published: date
    """When AWS published it, or when the source read it from AWS."""
    source: str

    def hourly(self, quantity: Decimal | int = 1) -> Decimal:
        """USD an hour of so many units: of hours, of months of 730 hours, of GB for a month."""
        return self.usd * quantity if self.per is Per.HOUR else self.usd * quantity / MONTH


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceTable:
    """The prices of one region; what is not in it is unknown, and never free."""

    region: str
    prices: Mapping[str, Price]

    def get(self, name: str) -> Price | None:
        """The price of that name; None where the extract has none."""
        return self.prices.get(name)

    @property
    def published(self) -> date | None:
        """The oldest date of its prices; None where there are none."""
        return min((price.published for price in self.prices.values()), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferPrices:
    """What was taken of one price list."""

    service: str
    published: date
    source: str
    prices: Mapping[str, tuple[Per, Decimal]]


def _positive(value: float) -> float:
    if not value > 0:
        raise broken("a price is more than 0: what has none is left out, and is unknown")
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise broken("it is a date in quotes", "e.g. '2026-11-30'") from None
    return value


Usd = Annotated[Number, AfterValidator(_positive)]
Prices = dict[Text, Usd]


@parsed(frozen=True, kw_only=True, slots=True)
class _Offer(Section):
    service: Annotated[Text, full("[A-Za-z0-9]+")]
    published: Annotated[Text, AfterValidator(_day)]
    source: Annotated[Text, MinLen(1), Rule("it says where the numbers are from")]
    per_hour: Prices | None = None
    per_month: Prices | None = None
    per_gb_month: Prices | None = None


@parsed(frozen=True, kw_only=True, slots=True)
class _Extract(Section):
    region: Annotated[Text, full(REGION.pattern)]
    offers: list[_Offer]


def read_table(path: Path) -> PriceTable:
    """An extract. Raises SpecError with every violation."""
    values = load(path, "Prices", "extract", "write one: aifactory prices --region REGION --out FILE")
    extract = read(_Extract, values, "Prices", "extract")
    prices: dict[str, Price] = {}
    for offer in extract.offers:
        published = date.fromisoformat(offer.published)
        for per, given in (
            (Per.HOUR, offer.per_hour),
            (Per.MONTH, offer.per_month),
            (Per.GB_MONTH, offer.per_gb_month),
        ):
            for name, usd in (given or {}).items():
                # Through its text: the binary fraction next to 0.1 is not what AWS asks.
                prices[name] = Price(usd=Decimal(str(usd)), per=per, published=published, source=offer.source)
    return PriceTable(region=extract.region, prices=prices)


def shipped(region: str) -> PriceTable:
    """The extract that comes with the project; one without a price where it has none of the region."""
    path = SHIPPED / f"{region}.yaml"
    return read_table(path) if path.is_file() else PriceTable(region=region, prices={})


def extract_of(region: str, offers: Iterable[OfferPrices]) -> str:
    """The file of an extract, in an order that a diff can be read in."""
    document = {"region": region, "offers": [_offer(offer) for offer in sorted(offers, key=lambda one: one.service)]}
    return yaml.safe_dump(document, sort_keys=False, width=110)


def _offer(offer: OfferPrices) -> dict[str, object]:
    kinds = {per: {name: usd for name, (kind, usd) in sorted(offer.prices.items()) if kind is per} for per in Per}
    return {
        "service": offer.service,
        "published": offer.published.isoformat(),
        "source": offer.source,
        **{per.value: {name: float(usd) for name, usd in found.items()} for per, found in kinds.items() if found},
    }
