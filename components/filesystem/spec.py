"""The rules of a shared filesystem."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

from components.faults import Faults
from components.filesystem.args import FilesystemArgs

CLAIM = "shared"
# FSx API, CreateFileSystem, StorageCapacity: PERSISTENT_2 on SSD has 1200 GiB or increments of 2400 GiB.
SMALLEST_GIB = 1200
STEP_GIB = 2400


@dataclass(frozen=True, kw_only=True, slots=True)
class FilesystemSpec:
    """A filesystem of FSx for Lustre, or a folder of the node."""

    size_gib: int
    local_volume: str

    @classmethod
    def parse(cls, args: FilesystemArgs) -> Self:
        """Raises SpecError for a size that FSx does not make, or a folder that is no absolute path."""
        faults = Faults("Filesystem")
        size, folder = args["size_gib"], args.get("local_volume", "")
        whole = faults.unless(
            type(size) is int and size > 0,
            "size_gib",
            size,
            "a filesystem has a whole number of GiB, 1 or more",
            "set aifactory:filesystemGiB",
        )
        if folder:
            path = PurePosixPath(folder)
            faults.unless(
                path.is_absolute() and ".." not in path.parts and path != PurePosixPath("/"),
                "local_volume",
                folder,
                "a local volume is an absolute path below / on the node",
                "set aifactory:localVolume",
            )
        elif whole:
            faults.unless(
                size == SMALLEST_GIB or size % STEP_GIB == 0,
                "size_gib",
                size,
                f"FSx for Lustre makes {SMALLEST_GIB} GiB or a multiple of {STEP_GIB} GiB",
                f"set aifactory:filesystemGiB to {max(SMALLEST_GIB, -(-size // STEP_GIB) * STEP_GIB)}",
            )
        faults.raise_if_any()
        return cls(size_gib=size, local_volume=folder)

    @property
    def capacity(self) -> str:
        """The size as Kubernetes writes it."""
        return f"{self.size_gib}Gi"
