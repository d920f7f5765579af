"""The command `aifactory`: up, preview, status and what prepares them, on every target."""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import cast

from rich.console import Console

from cli import audit, preflight, status
from cli.bootstrap import commands as bootstrap
from cli.cost import commands as cost
from cli.drift import commands as drift
from cli.existing import operations
from cli.existing.options import HELP, Options
from cli.existing.project import kubectl
from cli.existing.target import CloudTarget, ExistingTarget
from cli.forge import commands as forge
from cli.mirror import commands as mirror
from cli.review import commands as reviews
from cli.sweep import commands as sweep
from cli.target import Machine, Target
from components.errors import FactoryError
from host import disk
from host.cache import REPOSITORY
from host.progress import Progress

LAB = "lab"
# As a shell reports a program that SIGINT ended.
INTERRUPTED = 130
TARGET_COMMANDS = {
    "up": "deploy every layer, run the recipe, promote the model and ask it",
    "preview": "say what `up` would change, and change nothing",
    "status": "services, stacks, run, model and protection",
    "drift": drift.HELP,
}
LAB_COMMANDS = {
    "down": "end every process of the lab; its state stays",
    "fetch": "bring tools and the base image into the cache, after which a lab needs no network",
    "doctor": "check this machine: what a lab needs, and what one may have left",
}


def main() -> int:
    """Runs one command; a user's mistake is one message and exit code 1."""
    arguments = parser().parse_args()
    # A log file has no width; tables should not be cut to a terminal's of 80.
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    folders: tuple[Path, ...] = ()
    try:
        command = str(arguments.command)
        if command in OTHER_COMMANDS:
            return OTHER_COMMANDS[command](arguments, console)
        target = _target(arguments)
        folders = target.folders()
        return _run(command, target, arguments, console)
    except FactoryError as error:
        print(f"error: {error}{disk.full(folders)}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in disk.FULL:
            raise
        where = f" ({error.filename})" if error.filename else ""
        print(
            f"error: {error.strerror}{where}: the disk is full; free some (`make doctor` says how much a lab needs), "
            "then the same command goes on from there",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted: what exists stays, and the same command goes on from there", file=sys.stderr)
        return INTERRUPTED


def _run(command: str, target: Target, arguments: argparse.Namespace, console: Console) -> int:
    progress = Progress(console)
    match command:
        case "up":
            report = target.up(_recipe(arguments), progress, refresh=bool(arguments.refresh))
            for layer, changes in report.changes.items():
                console.print(f"{target.env}.{layer}: {changes}")
            if report.status and report.outcome:
                status.summary(report.status, report.outcome, console)
            if report.hint:
                console.print(report.hint)
        case "preview" if not reviews.is_text(arguments):
            beside = Progress(Console(stderr=True))
            planned = (
                operations.planned_offline(target.env, beside)
                if arguments.offline
                else target.planned(_recipe(arguments), beside)
            )
            return reviews.run(planned, arguments, console)
        case "preview":
            for output in target.preview(_recipe(arguments), progress).values():
                console.print(output, markup=False)
        case "drift":
            return drift.run(target, kubectl, console, as_json=bool(arguments.json))
        case _:
            found = target.status(progress)
            if arguments.json:
                print(json.dumps(found.document(), indent=1))
            else:
                status.show(found, console)
    return 0


def _target(arguments: argparse.Namespace) -> Target:
    options = Options(**{field.name: str(getattr(arguments, field.name) or "").strip() for field in fields(Options)})
    if getattr(arguments, "offline", False):
        # Before what such an environment lacks otherwise, none of which would help.
        operations.check_offline(options.env)
    if options.env == LAB:
        given = [field.name for field in fields(Options) if field.name != "env" and getattr(options, field.name)]
        if given:
            name = f"--{given[0].replace('_', '-')}"
            raise FactoryError(
                f"{name} = {getattr(options, given[0])}: the lab has a cluster and stores of its own; "
                f"name an environment on what exists, e.g. --env onprem {name} ..."
            )
        return _lab()
    if operations.is_cloud(options.env):
        return CloudTarget(options.env)
    return ExistingTarget.of(options)


def _lab() -> Machine:
    """By its name: what only one machine embeds is loaded for that machine alone."""
    return cast("Callable[[], Machine]", importlib.import_module("lab.target").open_target)()


def _audit(arguments: argparse.Namespace, console: Console) -> int:
    if paths := [str(path) for path in arguments.states]:
        return audit.run(audit.read(paths), "", arguments, console)
    target = _target(arguments)
    # The progress of what it may have to build first is no part of a document.
    with target.deployed(Progress(Console(stderr=True))) as engine:
        states = engine.states()
    return audit.run(states, target.env, arguments, console)


def _down(_: argparse.Namespace, console: Console) -> int:
    console.print(_lab().down())
    return 0


def _fetch(_: argparse.Namespace, console: Console) -> int:
    target = _lab()
    try:
        target.fetch(Progress(console))
    except FactoryError as error:
        raise FactoryError(f"{error}{disk.full(target.folders())}") from error
    return 0


def _doctor(_: argparse.Namespace, console: Console) -> int:
    return 0 if _lab().doctor(console) else 1


def _check(arguments: argparse.Namespace, console: Console) -> int:
    target = _target(arguments)
    if not isinstance(target, ExistingTarget):
        raise FactoryError(
            f"ENV = {arguments.env}: `check` asks a cluster and stores that exist, e.g. --env onprem; "
            "a lab's machine is checked by `doctor`"
        )
    console.print(target.check(Progress(console)))
    return 0


def _images(arguments: argparse.Namespace, console: Console) -> int:
    # Building an image needs libraries that no other command does.
    from image_build import registry

    lock = Path(arguments.lock)
    console.print(f"{registry.publish(str(arguments.registry), lock, Progress(console))}\nlocked in {lock}")
    return 0


def _bootstrap(arguments: argparse.Namespace, console: Console) -> int:
    del console
    return bootstrap.run(str(arguments.env), str(arguments.file), dry=bool(arguments.dry_run))


OTHER_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Console], int]] = {
    "down": _down,
    "fetch": _fetch,
    "doctor": _doctor,
    "check": _check,
    "images": _images,
    "bootstrap": _bootstrap,
    "preflight": preflight.run,
    "audit": _audit,
    "comment": forge.run,
    "mirror": mirror.run,
    "sweep": sweep.run,
    "prices": cost.run,
}


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    whole = argparse.ArgumentParser(prog="aifactory", description="The AI factory, from data to a model that answers")
    commands = whole.add_subparsers(dest="command", required=True)
    for name, text in {
        **TARGET_COMMANDS,
        "check": "ask an existing cluster and its stores whether they can carry a factory, and change nothing",
    }.items():
        command = commands.add_parser(name, help=text, description=text)
        if name in ("up", "preview"):
            command.add_argument("--recipe", default="", help="a recipe's name or the path of its file")
        if name == "preview":
            reviews.add_arguments(command)
        if name == "up":
            again = "bring back what was changed outside; `aifactory drift` says what that is"
            command.add_argument("--refresh", action="store_true", help=again)
        if name == "drift":
            drift.add_arguments(command)
        if name == "status":
            command.add_argument("--json", action="store_true", help="as one JSON document")
        _add_options(command)
    judged = commands.add_parser("audit", help=audit.HELP, description=audit.HELP)
    audit.add_arguments(judged)
    _add_options(judged)
    for name, text in LAB_COMMANDS.items():
        commands.add_parser(name, help=text, description=text)
    images = commands.add_parser("images", help="build the images, push them to a registry and lock their digests")
    images.add_argument("--registry", required=True, help="HOST[:PORT][/FOLDER]; accounts are those of `skopeo login`")
    images.add_argument("--lock", default=str(REPOSITORY / "images" / "lock.json"), help="where to write the digests")
    preflight.add_arguments(commands.add_parser("preflight", help=preflight.HELP, description=preflight.HELP))
    sweep.add_arguments(commands.add_parser("sweep", help=sweep.HELP, description=sweep.HELP))
    cost.add_arguments(commands.add_parser("prices", help=cost.HELP, description=cost.HELP))
    forge.add_arguments(commands.add_parser("comment", help=forge.HELP, description=forge.HELP))
    mirror.add_arguments(commands.add_parser("mirror", help=mirror.HELP, description=mirror.HELP))
    bootstrap.add_arguments(commands.add_parser("bootstrap", help=bootstrap.HELP, description=bootstrap.DESCRIPTION))
    return whole


def _add_options(command: argparse.ArgumentParser) -> None:
    for option, meaning in HELP.items():
        command.add_argument(f"--{option}", default=LAB if option == "env" else "", help=meaning)


def _recipe(arguments: argparse.Namespace) -> str:
    """A path is meant from here; the engine works elsewhere."""
    name = str(arguments.recipe)
    return str(Path(name).resolve()) if "/" in name or name.endswith(".yaml") else name


if __name__ == "__main__":
    sys.exit(main())
