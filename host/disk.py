"""Room on the disks that the factory writes to."""

import errno
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# What the kernel answers where a disk or a quota has no room left.
FULL = (errno.ENOSPC, errno.EDQUOT)
# Bytes below which stores, etcd and images stop.
ROOM = 256 << 20


def existing(folder: Path) -> Path:
    """The nearest folder above `folder` that exists, as far as its user may look."""
    for path in (folder, *folder.parents):
        with suppress(PermissionError):
            if path.exists():
                return path
    return Path(folder.anchor)


def full(folders: Sequence[Path]) -> str:
    """A line for the first of `folders` whose disk has no room, "" where all have: few programs name that cause themselves."""
    for folder in map(existing, folders):
        free = shutil.disk_usage(folder).free
        if free < ROOM:
            return (
                f"\n       the disk of {folder} is full ({free >> 20} MiB free): free some, "
                "then the same command goes on from there"
            )
    return ""
