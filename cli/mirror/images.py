"""The images of controllers and their copies in a site's own registry."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.charts.args import ChartContext
from components.charts.catalogue import CATALOGUE
from components.charts.images import mirrored, parts, published
from components.errors import FactoryError
from host.progress import Progress
from host.shell import run


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """One image to copy."""

    controller: str
    name: str
    """In the catalogue."""
    source: str
    target: str
    """Without the digest that the source may be named by: a copy has it all the same."""


def copies(names: Sequence[str], region: str, registry: str) -> list[Copy]:
    """What a mirror has to hold for the named controllers. Raises FactoryError where an image needs a region."""
    context: ChartContext = {"region": region}
    found: list[Copy] = []
    for controller in (CATALOGUE[name] for name in names):
        for image in controller.images:
            source = published(image, context)
            if source.startswith("/"):
                raise FactoryError(
                    f"--region = {region!r}: {image.name} is in EKS's registry of a region, and of this one none is"
                    " known; name the region of the cluster, e.g. --region eu-central-1"
                )
            name, tag, _ = parts(source)
            found.append(
                Copy(
                    controller=controller.name,
                    name=image.name,
                    source=source,
                    target=mirrored(f"{name}:{tag}", registry),
                )
            )
    return found


def copy(wanted: Sequence[Copy], lock: Path, progress: Progress) -> None:
    """Copies the images with the accounts of `skopeo login`, and writes the digest of each copy to `lock`.

    Every platform of an image is copied, and no byte of it is changed. Raises FactoryError where one fails; what was
    copied is locked by then.
    """

    def copied(one: Copy) -> str:
        run(
            [
                *("skopeo", "copy", "--quiet", "--all", "--preserve-digests"),
                f"docker://{_tag_or_digest(one.source)}",
                f"docker://{one.target}",
            ]
        )
        return _by_digest(one.target)

    _lock(wanted, copied, lock, progress)


def pin(wanted: Sequence[Copy], lock: Path, progress: Progress) -> None:
    """Writes the digest that each publisher has for a tag now to `lock`, and copies nothing. Raises FactoryError."""
    _lock(wanted, lambda one: _by_digest(one.source), lock, progress)


def _lock(wanted: Sequence[Copy], found: Callable[[Copy], str], lock: Path, progress: Progress) -> None:
    locked: dict[str, str] = {}
    try:
        for one in wanted:
            with progress.step(f"image: {one.target}"):
                locked[one.name] = found(one)
    finally:
        lock.write_text(json.dumps(locked, indent=1) + "\n")


def _by_digest(reference: str) -> str:
    """The same image, named by its digest alone; a registry is asked where the reference has none."""
    name, _, digest = parts(reference)
    return f"{name}@{digest or run(['skopeo', 'inspect', '--format', '{{.Digest}}', f'docker://{reference}']).strip()}"


def _tag_or_digest(reference: str) -> str:
    """skopeo takes the one or the other."""
    name, tag, digest = parts(reference)
    return f"{name}@{digest}" if digest else f"{name}:{tag}"
