"""The lab's command line: `python -m lab up|preview|status|fetch|doctor|images|down`."""

import argparse
import errno
import json
import sys
from pathlib import Path

from rich.console import Console

from components.faults import SpecError
from lab import doctor, factory, status
from lab.errors import LabError
from lab.home import Home
from lab.images import registry
from lab.progress import Progress

FULL = (errno.ENOSPC, errno.EDQUOT)
# As a shell reports a program that SIGINT ended.
INTERRUPTED = 130


def main() -> int:
    """Runs one command; a user's mistake is one message and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m lab", description="The AI factory on one machine")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in {"up": "bring everything up", "preview": "say what `up` would change"}.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("--recipe", default="", type=_recipe, help="a recipe's name or the path of its file")
    commands.add_parser("down", help="end every process; state stays")
    commands.add_parser(
        "fetch", help="bring tools and the base image into the cache, after which a lab needs no network"
    )
    commands.add_parser("doctor", help="check this machine: what a lab needs, and what one may have left")
    images = commands.add_parser("images", help="build the images, push them to a registry and lock their digests")
    images.add_argument("--registry", required=True, help="HOST[:PORT][/FOLDER]; accounts are those of `skopeo login`")
    images.add_argument("--lock", type=Path, default=registry.LOCK, help="where to write the digests")
    show = commands.add_parser("status", help="services, stacks, run, model and protection")
    show.add_argument("--json", action="store_true", help="as one JSON document")
    arguments = parser.parse_args()
    # A log file has no width; tables should not be cut to a terminal's of 80.
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    home: Home | None = None
    try:
        home = Home.open()
        match arguments.command:
            case "up":
                outcome = factory.up(home, Progress(console), arguments.recipe)
                for layer, changes in outcome.changes.items():
                    console.print(f"lab.{layer}: {changes}")
                status.summary(status.of(home), outcome, console)
            case "preview":
                for said in factory.preview(home, arguments.recipe).values():
                    console.print(said, markup=False)
            case "fetch":
                factory.fetch(home, Progress(console))
            case "doctor":
                findings = doctor.examine(home)
                status.show_findings(findings, console)
                return 0 if all(finding.good for finding in findings) else 1
            case "images":
                said = factory.push_images(arguments.registry, arguments.lock, Progress(console))
                console.print(f"{said}\nlocked in {arguments.lock}")
            case "down":
                factory.down(home)
                console.print(f"the lab is down; its state stays in {home.state}")
            case _:
                found = status.of(home)
                if arguments.json:
                    print(json.dumps(found.document(), indent=1))
                else:
                    status.show(found, console)
    except (LabError, SpecError) as error:
        print(f"error: {error}{doctor.full_disk(home) if home else ''}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in FULL:
            raise
        where = f" ({error.filename})" if error.filename else ""
        print(
            f"error: {error.strerror}{where}: the disk is full; free some (`make doctor` says how much a lab needs), "
            "then the same command goes on from there",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted: what stands stays; `make up` goes on from there, `make down` ends it", file=sys.stderr)
        return INTERRUPTED
    return 0


def _recipe(name: str) -> str:
    """A path is meant from here; the engine works elsewhere."""
    return str(Path(name).resolve()) if "/" in name or name.endswith(".yaml") else name


if __name__ == "__main__":
    sys.exit(main())
