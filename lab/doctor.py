"""What a machine must have for a lab, and what a lab may have left on it: each asked of the machine, with what to do about it."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.home import Home
from components.errors import FactoryError
from host import debian
from host.cache import user_cache
from host.disk import existing
from image_build.base import Base
from lab import identity as identities
from lab.identity import Identity
from lab.images import unpacked
from lab.node import namespaces
from toolchain.build import go
from toolchain.install import Toolchain

GIB = 1 << 30
# Measured on Debian 12, at the peak of each: building all tools, building the base, unpacking it.
TOOLCHAIN_GIB, BASE_GIB, UNPACKED_GIB = 20, 15, 11
# What one lab takes: with a base of its own, and with one that it links.
LAB_GIB, LINKING_GIB = 14, 4
# Limits of the pods that run at once (vLLM, MLflow, the gateway, a stage), and the control plane beside them.
MEMORY_GIB = 8
CORES = 2
CONTROLLERS = ("cpu", "memory", "pids")
# Each is tried in namespaces of its own, which end with the command.
FEATURES: dict[str, tuple[list[str], str]] = {
    "namespaces": (
        ["unshare", "--net", "--mount", "--pid", "--cgroup", "--fork", "true"],
        "run on a machine or in a virtual machine whose root may make namespaces; most containers may not",
    ),
    "veth pairs": (
        ["unshare", "--net", "ip", "link", "add", "name", "try0", "type", "veth", "peer", "name", "try1"],
        "load the kernel module `veth`",
    ),
    "iptables nat": (
        ["unshare", "--net", "iptables", "--table", "nat", "--list", "--numeric"],
        "load the kernel modules `ip_tables` and `iptable_nat`, or `nf_tables`",
    ),
    "bridges": (
        ["unshare", "--net", "ip", "link", "add", "name", "try0", "type", "bridge"],
        "load the kernel module `bridge`",
    ),
}
GO = (1, 22)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was asked of the machine."""

    name: str
    found: str
    good: bool
    needed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.name} = {self.found}: a lab needs {self.needed}; {self.remedy}"


def require(home: Home) -> None:
    """Raises FactoryError with everything that would stop a lab of this machine, before anything is made."""
    wanting = [finding for finding in (*_room(home), *_cgroups()) if not finding.good]
    if wanting:
        raise FactoryError("\n       ".join(str(finding) for finding in wanting))


def examine(home: Home) -> list[Finding]:
    """Everything, in the order in which a lab meets it."""
    identity = identities.read(home)
    running = namespaces.root_process(home) is not None
    return [
        *_user(),
        *_room(home),
        *_cgroups(),
        *_features(),
        *_programs(),
        *_ports(identity, running=running),
        *_left(home, identity, running=running),
    ]


def _user() -> Iterator[Finding]:
    yield Finding(
        name="user",
        found="root" if os.geteuid() == 0 else f"user id {os.geteuid()}",
        good=os.geteuid() == 0,
        needed="root, for namespaces, mounts and links",
        remedy="use sudo, or a throw-away virtual machine",
    )


def _room(home: Home) -> Iterator[Finding]:
    """Disk and memory. What is in the cache needs no room again, nor does a lab that has its images."""
    wanted: dict[int, tuple[Path, float]] = {}
    base, links = Base.read(), unpacked.linkable(home.root, existing(user_cache()))
    to_unpack = UNPACKED_GIB if links and not unpacked.folder(base).exists() else 0
    in_cache = (TOOLCHAIN_GIB if Toolchain().missing() else 0) + (to_unpack if base.folder.exists() else BASE_GIB)
    in_lab = 1 if (home.state / "images.lock.json").exists() else LINKING_GIB if links else LAB_GIB
    for folder, gib in ((user_cache(), in_cache), (home.root, in_lab)):
        folder_there = existing(folder)
        device = folder_there.stat().st_dev
        # Both may lie on one disk.
        wanted[device] = (folder_there, gib + wanted.get(device, (folder_there, 0))[1])
    for folder, gib in wanted.values():
        free = shutil.disk_usage(folder).free / GIB
        yield Finding(
            name=f"disk of {folder}",
            found=f"{free:.1f} GiB free",
            good=free >= gib,
            needed=f"{gib:.0f} GiB",
            remedy="free some, or set AIFACTORY_HOME and XDG_CACHE_HOME to folders on a larger disk",
        )
    memory = _memory_gib()
    running = namespaces.root_process(home) is not None
    yield Finding(
        name="memory",
        found=f"{memory:.1f} GiB available",
        good=running or memory >= MEMORY_GIB,
        needed=f"{MEMORY_GIB} GiB",
        remedy="end what takes it, or use a larger machine",
    )
    yield Finding(
        name="cores",
        found=str(os.cpu_count()),
        good=(os.cpu_count() or 1) >= CORES,
        needed=f"{CORES}",
        remedy="use a larger machine",
    )


def _cgroups() -> Iterator[Finding]:
    unified = namespaces.CGROUPS / "cgroup.controllers"
    there = unified.read_text().split() if unified.exists() else [path.name for path in namespaces.CGROUPS.glob("*")]
    absent = [name for name in CONTROLLERS if name not in there]
    yield Finding(
        name="cgroups",
        found=("v2" if unified.exists() else "v1") + (f", without {', '.join(absent)}" if absent else ""),
        good=not absent,
        needed=f"the controllers {', '.join(CONTROLLERS)}",
        remedy="mount them at /sys/fs/cgroup, or boot with them enabled",
    )


def _features() -> Iterator[Finding]:
    for name, (command, remedy) in FEATURES.items():
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=_searching())
        output = (done.stderr.strip().splitlines() or ["refused"])[-1]
        yield Finding(
            name=name,
            found="yes" if done.returncode == 0 else output,
            good=done.returncode == 0,
            needed=name,
            remedy=remedy,
        )
    known = Path("/proc/filesystems").read_text()
    yield Finding(
        name="overlayfs",
        found="yes" if "\toverlay\n" in known else "not known to the kernel",
        good="\toverlay\n" in known,
        needed="overlayfs, which containers' roots are",
        remedy="modprobe overlay",
    )


def _programs() -> Iterator[Finding]:
    missing = Toolchain().missing()
    tools = ", ".join(f"{tool.name} {tool.version}" for tool in missing)
    version = _go_version()
    yield Finding(
        name="tools",
        found=f"to be made: {tools}" if missing else "in the cache",
        good=not missing or version >= GO,
        needed=f"Go {GO[0]}.{GO[1]} or newer to build them",
        remedy="install it (https://go.dev/doc/install); `make up` takes fitting tools on PATH first",
    )
    absent = sorted(package for name, package in debian.PROGRAMS.items() if not shutil.which(name, path=debian.SEARCH))
    yield Finding(
        name="packages",
        found=f"to be installed: {', '.join(absent)}" if absent else "installed",
        good=not absent or shutil.which("apt-get") is not None,
        needed="apt-get to install them",
        remedy="install them yourself",
    )
    yield Finding(
        name="Python",
        found=sys.version.split()[0],
        good=sys.version_info >= (3, 11),
        needed="3.11 or newer",
        remedy="install it; uv finds it",
    )


def _ports(identity: Identity | None, *, running: bool) -> Iterator[Finding]:
    if identity is None:
        return
    port = identity.serving_port
    held = not running and taken(port)
    whose = "taken by another program" if held else "this lab's" if running else "free"
    yield Finding(
        name="port of the endpoint",
        found=f"{port}, {whose}",
        good=not held,
        needed="the port that it chose at its first start",
        remedy=f"end that program (`ss -lptn sport = :{port}` names it); `make up` chooses another port otherwise",
    )


def _left(home: Home, identity: Identity | None, *, running: bool) -> Iterator[Finding]:
    """What a lab that is down must not have left."""
    if identity is None and running:
        yield _remains("its processes, whose folder was removed under them")
    if identity is None or running:
        return
    groups = [path for path in namespaces.CGROUPS.glob(f"**/{identity.cgroup}") if path.is_dir()]
    links = subprocess.run(["ip", "-o", "link", "show"], capture_output=True, text=True, check=False).stdout
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines() if f" {home.root}/" in line]
    left = [
        *(str(group) for group in groups),
        *([namespaces.link_name(identity)] if f" {namespaces.link_name(identity)}@" in links else []),
        *mounts,
    ]
    yield _remains(", ".join(left))


def _remains(left: str) -> Finding:
    return Finding(
        name="left by this lab",
        found=left or "nothing",
        good=not left,
        needed="a clean machine when it is down",
        remedy="run `make down`, which removes it",
    )


def taken(port: int) -> bool:
    """Whether a program listens on that port of loopback."""
    with socket.socket() as listener:
        # A connection that has just ended holds its port for a while; that is no other program.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _memory_gib() -> float:
    found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text())
    return int(found[1]) / (1 << 20) if found else 0.0


def _go_version() -> tuple[int, int]:
    program = go()
    if program is None:
        return (0, 0)
    output = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"go(\d+)\.(\d+)", output)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _searching() -> dict[str, str]:
    return {**os.environ, "PATH": f"{debian.SEARCH}:{os.environ.get('PATH', '')}"}


def show_findings(findings: Sequence[Finding], console: Console) -> None:
    """Prints the table of `make doctor`, then what to do."""
    rows = Table("asked", "found", "good", title="Machine")
    for finding in findings:
        rows.add_row(finding.name, finding.found, "yes" if finding.good else "[red]no[/]")
    console.print(rows)
    wanting = [finding for finding in findings if not finding.good]
    for finding in wanting:
        console.print(str(finding), markup=False)
    console.print("this machine can run a lab" if not wanting else "")
