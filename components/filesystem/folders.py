"""The rules of the folders that pods write to, and the command that makes them."""

import re
from dataclasses import dataclass
from typing import Self

from components.filesystem.args import FoldersArgs
from components.violations import Violations

POD_USER = 65532
"""The user and the group of the factory's pods."""
MOUNT = "/shared"
# Linux, credentials(7): 32 bits, and the last value means "no change" to chown(2).
LARGEST_ID = 2**32 - 2
# One folder at the root: the parents of a deeper one would belong to root.
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
# OCI image specification, "Digests".
BY_DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
# Kubernetes, "Labels and Selectors": a name, with a DNS subdomain and a slash before it where it is not a user's own.
LABEL_KEY = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldersSpec:
    """Folders, and the user that they are given to."""

    image: str
    names: tuple[str, ...]
    uid: int
    gid: int
    node_selector: dict[str, str]
    tolerations: tuple[str, ...]
    pull_secret: str

    @classmethod
    def parse(cls, args: FoldersArgs, violations: Violations, path: str) -> Self:
        """Notes what of `args`, which stands at `path`, breaks a rule."""
        names, tolerations = tuple(args["names"]), tuple(args.get("tolerations", ()))
        uid, gid = args.get("uid", POD_USER), args.get("gid", POD_USER)
        violations.unless(
            BY_DIGEST.fullmatch(args["image"]) is not None,
            f"{path}.image",
            args["image"],
            "what runs as root is named by its digest, which cannot come to mean another image",
            "NAME@sha256:DIGEST, e.g. the base image of the factory's lock file",
        )
        violations.unless(
            bool(names) and len(set(names)) == len(names),
            f"{path}.names",
            ",".join(names),
            "one folder or more is made, each once",
            "e.g. checkpoints, mlflow, spool",
        )
        for index, name in enumerate(names):
            violations.unless(
                FOLDER.fullmatch(name) is not None,
                f"{path}.names[{index}]",
                name,
                "a folder is at the root of the filesystem: letters, digits, '.', '_' and '-', no slash",
                "e.g. checkpoints",
            )
        for key, value in (("uid", uid), ("gid", gid)):
            violations.unless(
                type(value) is int and 0 < value <= LARGEST_ID,
                f"{path}.{key}",
                value,
                f"folders are given to a user that is not root, 1 to {LARGEST_ID}",
                f"the factory's pods are {POD_USER}",
            )
        for index, key in enumerate(tolerations):
            violations.unless(
                LABEL_KEY.fullmatch(key) is not None,
                f"{path}.tolerations[{index}]",
                key,
                "a taint is tolerated by its key",
                "e.g. nvidia.com/gpu",
            )
        return cls(
            image=args["image"],
            names=names,
            uid=uid,
            gid=gid,
            node_selector=dict(args.get("node_selector", {})),
            tolerations=tolerations,
            pull_secret=args.get("pull_secret", ""),
        )

    def command(self, mount: str = MOUNT) -> tuple[str, ...]:
        """Makes the folders, and gives those to their owner that exist already: it can run again."""
        owner = ("-o", str(self.uid), "-g", str(self.gid), "-m", "0770")
        return ("install", "-d", *owner, *(f"{mount}/{name}" for name in self.names))
