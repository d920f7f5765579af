"""Brings the charts of controllers from their publishers; what differs from what was reviewed is not kept."""

import json
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import cast

from components.charts.catalogue import Controller, GitArchive, GoModule
from components.charts.digest import digest_of
from components.charts.spec import missing
from components.errors import FactoryError
from host.documents import mapping, text
from host.progress import Progress
from host.shell import run
from toolchain.build import go
from toolchain.download import Unavailable, sha256_of

ARCHIVE = "https://codeload.github.com/{repository}/tar.gz/{commit}"


def fetch(names: Sequence[str], folder: Path, progress: Progress) -> None:
    """Brings those of the named controllers that `folder` lacks, each as a whole or not at all.

    Raises FactoryError where a publisher cannot be reached, Go is missing, or a chart is not what was reviewed.
    """
    for controller in missing(names, folder):
        with (
            progress.step(f"chart: {controller.name} {controller.version}"),
            # A folder that is renamed has to be on the same disk.
            tempfile.TemporaryDirectory(prefix=".fetch-", dir=_made(folder)) as temporary,
        ):
            brought = Path(temporary) / controller.folder
            brought.mkdir()
            _bring(controller, brought, Path(temporary))
            keep(controller, brought, folder)


def keep(controller: Controller, brought: Path, folder: Path) -> None:
    """Moves what was brought to its place. Raises FactoryError where its digest is another."""
    found = digest_of(brought)
    if found != controller.digest:
        raise FactoryError(
            f"chart {controller.name} {controller.version}: {controller.digest} was expected, and what came is {found};"
            " not kept. Something between here and the publisher changes files, or the publisher moved its version:"
            " find out which, and review the chart before its digest in components/charts/catalogue.py is changed"
        )
    shutil.rmtree(folder / controller.folder, ignore_errors=True)
    brought.rename(folder / controller.folder)


def unpack(archive: Path, path: str, target: Path) -> None:
    """Takes the plain files of a folder of an archive whose own folder is of any name; no link and no mode is taken."""
    wanted = PurePosixPath(path).parts
    with tarfile.open(archive, "r:gz") as tar:
        for entry in tar:
            inside = PurePosixPath(entry.name).parts[1:]
            content = tar.extractfile(entry) if entry.isfile() and inside[: len(wanted)] == wanted else None
            if content is None or ".." in inside:
                continue
            place = target.joinpath(*inside[len(wanted) :])
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as out:
                shutil.copyfileobj(content, out)


def _bring(controller: Controller, brought: Path, temporary: Path) -> None:
    match controller.source:
        case GoModule() as source:
            module = _module(source, temporary / "modules")
            for here, path in controller.folders.items():
                shutil.copytree(module / path, brought / here)
        case GitArchive() as source:
            archive = temporary / "archive.tar.gz"
            try:
                sha256_of(ARCHIVE.format(repository=source.repository, commit=source.commit), archive)
            except Unavailable as why:
                raise FactoryError(
                    f"chart {controller.name} {controller.version}: {why}; bring it where the internet can be reached, "
                    "by `aifactory mirror --charts FOLDER`, and copy that folder here"
                ) from why
            for here, path in controller.folders.items():
                unpack(archive, path, brought / here)


def _module(source: GoModule, cache: Path) -> Path:
    """Where a Go module lies unpacked."""
    program = go()
    if program is None:
        raise FactoryError(
            f"go: not found, and {source.module} {source.version} is a Go module; install Go 1.22 or newer "
            "(https://go.dev/doc/install)"
        )
    # Read-only folders, Go's default, could not be removed with the temporary one.
    env = {"GOMODCACHE": str(cache), "GOFLAGS": "-modcacherw"}
    found = run([program, "mod", "download", "-json", f"{source.module}@{source.version}"], cwd=_made(cache), env=env)
    return Path(text(mapping(cast("object", json.loads(found))).get("Dir")))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
