"""What containerd holds of the base, unpacked once a cache: a lab links its files instead of unpacking 7 GB of its own.

Nobody writes to a layer after it was unpacked, so labs can share its files; containerd's databases are each lab's own.
"""

import shutil
from pathlib import Path

from host.cache import user_cache
from host.progress import Progress
from host.shell import run
from image_build.base import Base, scratch
from lab.images import containerd

BLOBS = Path("io.containerd.content.v1.content", "blobs", "sha256")


def folder(base: Base) -> Path:
    """Where it is kept. A newer containerd brings its own copy of the databases into its form by itself."""
    return user_cache() / "images" / f"unpacked-{base.digest[:16]}"


def build(base: Base, state: Path, progress: Progress) -> None:
    """Makes it from the base in the cache where a lab whose state is in `state` can use it. Raises FactoryError."""
    if folder(base).exists() or not linkable(state, user_cache()):
        return
    with scratch() as temporary:
        # Another lab may have made it meanwhile.
        if not folder(base).exists():
            with progress.step("image: unpacked"):
                _unpack(base, temporary / "root")
                (temporary / "root").rename(folder(base))


def place(base: Base, target: Path, progress: Progress) -> None:
    """Gives it to a node that never ran, whose containerd will keep everything in `target`. Raises FactoryError.

    A lab on another disk than the cache's gets nothing: it imports the base.
    """
    if target.exists() or not linkable(target.parent, user_cache()):
        return
    partial = target.with_name(target.name + ".partial")
    if partial.exists():
        # Of an `up` that was killed.
        shutil.rmtree(partial)
    with progress.step("image: base of the workloads, linked"):
        run(["cp", "--archive", "--link", folder(base), partial])
        for database in partial.glob("*/*.db"):
            own = database.with_suffix(".own")
            shutil.copy2(database, own)
            own.replace(database)
        partial.rename(target)


def linkable(state: Path, cache: Path) -> bool:
    """Whether both are on one disk, beyond which links do not reach."""
    return state.stat().st_dev == cache.stat().st_dev


def _unpack(base: Base, root: Path) -> None:
    with containerd.running(root) as socket:
        containerd.receive_folder(socket, base.folder)
    for blob in (base.folder / "blobs" / "sha256").iterdir():
        # What the cache holds already is there twice only by name.
        (root / BLOBS / blob.name).unlink()
        (root / BLOBS / blob.name).hardlink_to(blob)
