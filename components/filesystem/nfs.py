"""The rules of an export of an NFS server."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

from components.filesystem.args import NfsArgs
from components.violations import Violations

# RFC 1123, section 2.1.
HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?"
)
# nfs(5): locks are part of the protocol from version 4 on, and a hard mount waits for its server instead of failing a
# write.
OPTIONS = ("nfsvers=4.1", "hard")
# nfs(5): "soft" and "softerr" lose writes ("silent data corruption"), "nolock" keeps locks on one node alone: MLflow's
# SQLite and the gateway's spool have their one writer by a lock.
REFUSED = {"soft": "hard", "softerr": "hard", "nolock": "lock"}


@dataclass(frozen=True, kw_only=True, slots=True)
class NfsSpec:
    """What a node mounts."""

    server: str
    path: str
    mount_options: tuple[str, ...]

    @classmethod
    def parse(cls, args: NfsArgs, violations: Violations) -> Self:
        """Notes what no server is called, what no export is, and mounts that lose writes or locks."""
        server, path, options = args["server"], args["path"], tuple(args.get("mount_options", OPTIONS))
        violations.unless(
            HOST.fullmatch(server) is not None or _is_address(server),
            "nfs.server",
            server,
            "an NFS server has a host name or an IP address, without a port or a path",
            "e.g. nfs.example.org; a port is a mount option, port=2049",
        )
        violations.unless(
            PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts,
            "nfs.path",
            path,
            "an export is an absolute path on the server",
            f"showmount --exports {server}",
        )
        for option in options:
            violations.unless(
                option not in REFUSED,
                "nfs.mount_options",
                option,
                "a mount that gives up on its server, or locks on one node alone, loses data",
                f"{REFUSED.get(option, '')}, which is the default",
            )
        return cls(server=server, path=path, mount_options=options)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
