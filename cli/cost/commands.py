"""`aifactory prices`: AWS's price lists as a dated extract."""

import argparse
import os
from pathlib import Path

from rich.console import Console

from cli.cost.offers import OFFERS
from cli.cost.price_list import AWS, fetch, read_file, url_of
from cli.cost.prices import REGION, OfferPrices, extract_of
from components.errors import FactoryError

HELP = "write an extract of AWS's price lists, by which a preview says what a change costs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options of the command."""
    parser.add_argument("--region", required=True, help="the region whose prices are wanted, e.g. us-east-1")
    parser.add_argument(
        "--from",
        dest="sources",
        action="append",
        default=[],
        metavar="FILE|URL",
        help="a price list as a CSV file, which can be given several times, or the address of a server that has AWS's "
        f"folders; {AWS} where absent. No credentials are needed",
    )
    parser.add_argument("--services", default="", help=f"price lists, by commas; all where absent: {', '.join(OFFERS)}")
    parser.add_argument("--out", required=True, metavar="FILE", help="where to write the extract")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Reads the lists, writes the extract and says what is in it. Raises FactoryError, and then writes nothing."""
    region, out = str(arguments.region), Path(str(arguments.out))
    if REGION.fullmatch(region) is None:
        raise FactoryError(f"--region = {region!r}: it is the name of a region of AWS; e.g. us-east-1")
    offers = _offers([str(one) for one in arguments.sources], str(arguments.services), region)
    # Beside it, and then in its place: one that is half written is never read.
    part = out.with_name(f"{out.name}.part")
    try:
        part.write_text(extract_of(region, offers))
        os.replace(part, out)
    except OSError as error:
        raise FactoryError(f"--out = {out}: the file can be written ({error.strerror}); name another one") from None
    for offer in offers:
        nothing = "" if offer.prices else "; nothing of it is sold in this region, or its form is another one"
        console.print(f"{offer.service} {offer.published}: {len(offer.prices)} prices{nothing}", markup=False)
    console.print(f"written to {out}", markup=False)
    return 0


def _offers(sources: list[str], services: str, region: str) -> list[OfferPrices]:
    files = [one for one in sources if "://" not in one]
    bases = [one for one in sources if "://" in one]
    if len(bases) > 1 or (files and bases):
        raise FactoryError(
            f"--from = {', '.join(sources)}: price lists come from files, or from one server; name one of the two"
        )
    if files and services:
        raise FactoryError(f"--services = {services}: a file says itself which service it is of; leave it out")
    if files:
        return [read_file(Path(one), region) for one in files]
    codes = [code for code in services.split(",") if code] or list(OFFERS)
    unknown = [code for code in codes if code not in OFFERS]
    if unknown:
        raise FactoryError(f"--services = {','.join(unknown)}: not known; the services are {', '.join(OFFERS)}")
    base = bases[0] if bases else AWS
    if not base.startswith(("http://", "https://")):
        raise FactoryError(f"--from = {base}: a server is named by http:// or https://")
    return [fetch(url_of(base, code, region), region) for code in codes]
