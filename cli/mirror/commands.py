"""`aifactory mirror`: what a closed site has to bring, and the bringing."""

import argparse
from pathlib import Path

from rich.console import Console

from cli.mirror import charts, images
from components.charts.catalogue import CATALOGUE
from components.charts.spec import REGISTRY
from components.errors import FactoryError
from host.cache import REPOSITORY
from host.progress import Progress

HELP = "list the charts and images of the controllers, bring the charts, copy the images to a registry"
LOCK = REPOSITORY / "images" / "controllers.lock.json"
"""Where a site finds its images by digest: `images` of a `ChartContext`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options of the command."""
    parser.add_argument("--only", default="", help="controllers, by commas; all of the catalogue where absent")
    parser.add_argument(
        "--region", default="us-west-2", help="the cluster's region, whose registry has EKS's own images"
    )
    parser.add_argument("--charts", default="", metavar="FOLDER", help="bring the charts into a folder")
    parser.add_argument("--to", default="", metavar="REGISTRY", help="copy the images to HOST[:PORT][/FOLDER]")
    parser.add_argument(
        "--lock",
        default="",
        metavar="FILE",
        help="where to write the images by digest; without --to, those of the publishers",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Lists, and brings or copies what was asked for. Raises FactoryError."""
    names = [name for name in str(arguments.only).split(",") if name] or list(CATALOGUE)
    unknown = [name for name in names if name not in CATALOGUE]
    if unknown:
        raise FactoryError(f"--only = {','.join(unknown)}: not in the catalogue; one of {', '.join(sorted(CATALOGUE))}")
    registry = str(arguments.to)
    if registry and REGISTRY.fullmatch(registry) is None:
        raise FactoryError(
            f"--to = {registry!r}: a registry is HOST[:PORT][/FOLDER], without a scheme and in lower case; "
            "e.g. registry.example.org/mirror"
        )
    wanted = images.copies(names, str(arguments.region), registry)
    if arguments.charts:
        charts.fetch(names, Path(arguments.charts), Progress(console))
    lock = Path(arguments.lock or LOCK)
    if registry:
        images.copy(wanted, lock, Progress(console))
    elif arguments.lock:
        images.pin(wanted, lock, Progress(console))
    if registry or arguments.lock:
        console.print(f"locked in {lock}")
    elif not arguments.charts:
        for name in names:
            console.print(f"chart  {name} {CATALOGUE[name].version} {CATALOGUE[name].digest}")
        for one in wanted:
            console.print(f"image  {one.source}")
    return 0
