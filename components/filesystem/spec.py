"""The rules of a shared filesystem."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

from components.filesystem.args import FilesystemArgs
from components.violations import Violations

CLAIM = "shared"
# Kubernetes, "Object names and IDs", "DNS subdomain names".
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
# FSx API, CreateFileSystem, StorageCapacity: PERSISTENT_2 on SSD has 1200 GiB or increments of 2400 GiB.
SMALLEST_GIB = 1200
STEP_GIB = 2400


@dataclass(frozen=True, kw_only=True, slots=True)
class FilesystemSpec:
    """A filesystem of FSx for Lustre, a folder of the node, or what a StorageClass makes."""

    size_gib: int
    local_volume: str
    storage_class: str

    @classmethod
    def parse(cls, args: FilesystemArgs) -> Self:
        """Raises SpecError for a size that FSx does not make, a folder that is no absolute path, a name that no StorageClass
        has, and where it is not said of what to make it, or twice.
        """
        violations = Violations("Filesystem")
        size, folder, storage = args["size_gib"], args.get("local_volume", ""), args.get("storage_class", "")
        given = [name for name, value in (("local_volume", folder), ("storage_class", storage)) if value]
        given += ["lustre"] if "lustre" in args else []
        violations.unless(
            len(given) == 1,
            "storage_class",
            " and ".join(given),
            "a filesystem is made of one thing: FSx for Lustre, a folder of the only node, or a StorageClass",
            "give exactly one of lustre, local_volume and storage_class",
        )
        violations.unless(
            not storage or NAME.fullmatch(storage) is not None,
            "storage_class",
            storage,
            "a StorageClass is named by a-z, 0-9, '-' and '.'",
            "kubectl get storageclass",
        )
        whole = violations.unless(
            type(size) is int and size > 0,
            "size_gib",
            size,
            "a filesystem has a whole number of GiB, 1 or more",
        )
        if folder:
            path = PurePosixPath(folder)
            violations.unless(
                path.is_absolute() and ".." not in path.parts and path != PurePosixPath("/"),
                "local_volume",
                folder,
                "a local volume is an absolute path below / on the node",
            )
        elif whole and "lustre" in args:
            violations.unless(
                size == SMALLEST_GIB or size % STEP_GIB == 0,
                "size_gib",
                size,
                f"FSx for Lustre makes {SMALLEST_GIB} GiB or a multiple of {STEP_GIB} GiB",
                f"set {SMALLEST_GIB if size < SMALLEST_GIB else -(-size // STEP_GIB) * STEP_GIB}",
            )
        violations.raise_if_any()
        return cls(size_gib=size, local_volume=folder, storage_class=storage)

    @property
    def capacity(self) -> str:
        """The size as Kubernetes writes it."""
        return f"{self.size_gib}Gi"
