"""AWS's price lists, read row by row: that of EC2 has some 300 MB as CSV and is never held.

The CSV has five lines of metadata, then a header, then a row a price (AWS Billing user guide, "Reading the service
price list file for an AWS service").
"""

import csv
import http.client
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO, cast
from urllib.error import HTTPError, URLError

from cli.cost.offers import COLUMNS, OFFERS, OPTIONAL, Offer, Row, listed, plain
from cli.cost.prices import OfferPrices, Per
from components.violations import SpecError, Violation

AWS = "https://pricing.us-east-1.amazonaws.com"
TIMEOUT = 60.0
"""Seconds without a byte after which a server counts as gone."""
LONGEST = 1 << 20
"""Bytes of a row at most: what has no line's end is not a price list."""
NOTHING: list[str] = []
METADATA = ("FormatVersion", "Disclaimer", "Publication Date", "Version", "OfferCode")
AGAIN = "run the command again; nothing was written"
OTHER_FORM = "the list has another form than this version reads: look at the file"


def url_of(base: str, code: str, region: str) -> str:
    """Where AWS serves the newest list of a service in a region."""
    return f"{base.rstrip('/')}/offers/v1.0/aws/{code}/current/{region}/index.csv"


def fetch(url: str, region: str, timeout: float = TIMEOUT) -> OfferPrices:
    """What is taken of a list that a server has. Raises SpecError where it is not there, not whole, or no list."""
    try:
        with cast("http.client.HTTPResponse", urllib.request.urlopen(url, timeout=timeout)) as response:
            length = response.headers["Content-Length"]
            return _taken(_Counted(response.readline, int(length) if length else None), url, region)
    except HTTPError as error:
        error.close()
        raise _refused(url, f"the server has it (status {error.code})", "check --region and --from") from None
    except TimeoutError:
        raise _refused(url, f"a byte comes within {timeout:g} s", AGAIN) from None
    except (URLError, http.client.HTTPException, OSError, ValueError) as error:
        why = str(getattr(error, "reason", "")) or str(error) or type(error).__name__
        raise _refused(url, f"it can be fetched ({why})", "check --from, HTTPS_PROXY and SSL_CERT_FILE") from None


def read_file(path: Path, region: str) -> OfferPrices:
    """What is taken of a list in a file. Raises SpecError where it cannot be read, is not whole, or is no list."""
    try:
        with path.open("rb") as file:
            return _taken(_Counted(cast("BinaryIO", file).readline, None), str(path), region)
    except OSError as error:
        raise _refused(str(path), f"the file can be read ({error.strerror})", "check --from") from None


@dataclass(slots=True)
class _Counted:
    """Lines of a stream, each of a bounded length, and that all bytes came that were announced."""

    readline: Callable[[int], bytes]
    length: int | None
    size: int = 0

    def lines(self, where: str) -> Iterator[str]:
        while line := self.readline(LONGEST):
            self.size += len(line)
            if len(line) == LONGEST and not line.endswith(b"\n"):
                raise _refused(where, f"a row has less than {LONGEST} bytes", OTHER_FORM)
            yield line.decode("utf-8", "replace")
        if self.length is not None and self.size != self.length:
            raise _refused(where, f"all {self.length} bytes come ({self.size} came)", AGAIN)


def _taken(stream: _Counted, where: str, region: str) -> OfferPrices:
    with _csv_errors(where):
        rows = csv.reader(stream.lines(where), strict=True)
        metadata = _metadata(rows, where)
        offer = OFFERS.get(metadata["OfferCode"])
        if offer is None:
            raise _refused(
                where, f"it is the list of a service that is priced ({metadata['OfferCode']} is not)", _known()
            )
        published = _published(metadata["Publication Date"], where)
        prices = _prices(offer, _rows(rows, offer, where), where, region)
    return OfferPrices(
        service=offer.code,
        published=published,
        source=f"AWS price list {offer.code}, version {metadata['Version']}, {region}",
        prices=prices,
    )


def _metadata(rows: Iterator[list[str]], where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in METADATA:
        row = next(rows, NOTHING)
        if len(row) < 2 or row[0] != key:
            raise _refused(where, f"line {len(found) + 1} says the list's {key}", OTHER_FORM)
        found[key] = row[1]
    return found


def _published(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _refused(where, "Publication Date is a time in ISO 8601", OTHER_FORM) from None


def _rows(rows: Iterator[list[str]], offer: Offer, where: str) -> Iterator[Row]:
    """Of each row the columns that are asked for."""
    header = [plain(name) for name in next(rows, NOTHING)]
    missing = [name for name in (*COLUMNS, *offer.columns) if name not in header]
    if missing:
        raise _refused(where, f"line 6 names the columns {', '.join(missing)}", OTHER_FORM)
    wanted = [(name, header.index(name)) for name in (*COLUMNS, *OPTIONAL, *offer.columns) if name in header]
    for number, row in enumerate(rows, len(METADATA) + 2):
        if len(row) != len(header):
            raise _refused(where, f"a row has {len(header)} columns (row {number} has {len(row)})", AGAIN)
        yield {name: row[index] for name, index in wanted}


def _prices(offer: Offer, rows: Iterator[Row], where: str, region: str) -> Mapping[str, tuple[Per, Decimal]]:
    found: dict[str, tuple[Per, Decimal]] = {}
    contradicted: set[str] = set()
    for row in rows:
        if not listed(row) or row.get("regioncode", region) not in (region, ""):
            continue
        named = offer.price_of(row)
        usd = _usd(row["priceperunit"])
        # A price of 0 is of a reservation that is paid for elsewhere, or of a free tier: not what a thing costs.
        if named is None or usd is None:
            continue
        if row["currency"] != "USD":
            raise _refused(where, f"prices are in USD (there are some in {row['currency'] or 'none'})", "leave it out")
        name, per = named
        if found.setdefault(name, (per, usd)) != (per, usd):
            contradicted.add(name)
    missing = [name for name in offer.expected if name not in found]
    if missing:
        raise _refused(where, f"it has {', '.join(missing)} in {region}", f"it is not whole, or {OTHER_FORM}")
    # Which of two prices holds is not known, so neither does.
    return {name: price for name, price in found.items() if name not in contradicted}


def _usd(text: str) -> Decimal | None:
    try:
        usd = Decimal(text)
    except InvalidOperation:
        return None
    return usd if usd.is_finite() and usd > 0 else None


@contextmanager
def _csv_errors(where: str) -> Generator[None]:
    try:
        yield
    except csv.Error as error:
        raise _refused(where, f"it is CSV to its end ({error})", AGAIN) from None


def _known() -> str:
    return f"the services are {', '.join(OFFERS)}"


def _refused(where: str, rule: str, remedy: str) -> SpecError:
    return SpecError("Prices", (Violation("price list", where, rule, remedy),))
