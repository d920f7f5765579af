"""The rules of a shared filesystem."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

from components.filesystem.args import FilesystemArgs
from components.filesystem.lustre import ADDON, LustreSpec
from components.filesystem.nfs import NfsSpec
from components.violations import Violations

CLAIM = "shared"
# Kubernetes, "Object names and IDs", "DNS subdomain names".
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True, slots=True)
class FilesystemSpec:
    """A filesystem of FSx for Lustre, an export of NFS, a folder of the node, or what a StorageClass makes."""

    size_gib: int
    local_volume: str
    storage_class: str
    lustre: LustreSpec | None
    nfs: NfsSpec | None

    @classmethod
    def parse(cls, args: FilesystemArgs) -> Self:
        """Raises SpecError for what FSx does not make, a folder that is no absolute path, a name that no StorageClass
        or NFS server has, and where it is not said of what to make it, or twice.
        """
        violations = Violations("Filesystem")
        size, folder, storage = args["size_gib"], args.get("local_volume", ""), args.get("storage_class", "")
        lustre, nfs = args.get("lustre"), args.get("nfs")
        given = [name for name, value in (("local_volume", folder), ("storage_class", storage)) if value]
        given += [name for name in ("lustre", "nfs") if name in args]
        violations.unless(
            len(given) == 1,
            "storage_class",
            " and ".join(given),
            "a filesystem is made of one thing: FSx for Lustre, an export of NFS, a folder of the only node, or a"
            " StorageClass",
            "give exactly one of lustre, nfs, local_volume and storage_class",
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
        path = PurePosixPath(folder)
        violations.unless(
            not folder or (path.is_absolute() and ".." not in path.parts and path != PurePosixPath("/")),
            "local_volume",
            folder,
            "a local volume is an absolute path below / on the node",
        )
        # 0 passes every rule of a size: where the size is no number, the other violations are reported all the same.
        checked = LustreSpec.parse(lustre, size if whole else 0, violations) if lustre else None
        export = NfsSpec.parse(nfs, violations) if nfs else None
        violations.raise_if_any()
        return cls(size_gib=size, local_volume=folder, storage_class=storage, lustre=checked, nfs=export)

    @property
    def capacity(self) -> str:
        """The size as Kubernetes writes it."""
        return f"{self.size_gib}Gi"

    @property
    def mount_options(self) -> tuple[str, ...]:
        """How nodes mount it, beside what they do by themselves."""
        if self.nfs:
            return self.nfs.mount_options
        # SQLite and the gateway's spool lock their files, which Lustre refuses where it is not mounted for it.
        return ("flock",) if self.lustre else ()

    @property
    def addon(self) -> str:
        """EKS's add-on that mounts it; "" where nodes mount it by themselves, or a StorageClass has its own driver."""
        return ADDON if self.lustre else ""

    @property
    def expected_mbps(self) -> int | None:
        """MB/s that it is sold with; None where only its owner knows."""
        return self.lustre.expected_mbps if self.lustre else None
