"""The namespaces that hold one lab: network, mounts, processes and cgroups of its own.

Everything of the lab runs below one process. When that ends, the kernel ends every other process and removes every
mount, link and rule with them; only empty cgroup folders stay, which `remove_cgroups` takes away.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from threading import Event

from cli.home import Home
from components.errors import FactoryError
from host.shell import run
from lab.identity import Identity

CGROUPS = Path("/sys/fs/cgroup")
INSIDE = "lab.node.inside"
# Seconds that an orderly end may take before the processes are killed.
PATIENCE = 30.0
# Tenths of a second until a link counts as another lab's.
LINK_PATIENCE = 100


def link_name(identity: Identity) -> str:
    """The machine's end of the lab's link; Linux allows 15 bytes."""
    return f"aif-{identity.link}"


def free_link() -> int:
    """A third byte of 10.99.x.0/24 that no address or route of this machine uses."""
    for candidate in range(256):
        if is_free(candidate):
            return candidate
    raise FactoryError("10.99.0.0/16: every /24 of it is in use on this machine; end a lab with `make down`")


def is_free(link: int) -> bool:
    """Whether no address or route of this machine is in 10.99.<link>.0/24."""
    return f"10.99.{link}." not in run(["ip", "-4", "-o", "address"]) + run(["ip", "-4", "route"])


def becomes_free(link: int) -> bool:
    """Whether a link is free, or is so in a moment: that of a lab that was killed goes a while after its processes."""
    paced = Event()
    for _ in range(LINK_PATIENCE):
        if is_free(link):
            return True
        paced.wait(0.1)
    return False


def root_process(home: Home) -> int | None:
    """Process id, on the machine, of the lab's first process; None where the lab is down.

    Found by what it was begun with, not by a note: a lab whose folder was removed under it can still be ended.
    """
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            program, *arguments = _arguments(int(path.name))
            if program == "unshare" and (INSIDE, str(home.root)) in pairwise(arguments):
                return int(path.name)
    return None


def begin(home: Home, identity: Identity, command: list[str]) -> None:
    """Starts `command` as the first process of new namespaces, linked to the machine at 10.99.x.1 and .2."""
    make_cgroups(identity)
    log = (home.logs / "supervisord.log").open("ab")
    host_network = os.open("/proc/self/ns/net", os.O_RDONLY)
    arguments = ["unshare", "--net", "--mount", "--pid", "--cgroup", "--fork", "--kill-child", "--mount-proc"]
    link = link_name(identity)
    inside = [sys.executable, "-m", INSIDE, str(home.root), identity.cgroup, link, identity.address, identity.gateway]
    process = subprocess.Popen(
        [*arguments, *inside, str(host_network), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        pass_fds=[host_network],
        start_new_session=True,
        text=True,
    )
    os.close(host_network)
    if process.stdin is None or process.stdout is None:
        raise FactoryError("the lab's first process has no pipes")
    if process.stdout.readline() != "namespaces\n":
        raise FactoryError(f"the lab's namespaces could not be made; {home.logs / 'supervisord.log'} says why")
    run(["ip", "link", "add", link, "type", "veth", "peer", "name", "lab0", "netns", str(process.pid)])
    run(["ip", "address", "add", f"{identity.gateway}/24", "dev", link])
    run(["ip", "link", "set", link, "up"])
    process.stdin.write("link\n")
    process.stdin.close()
    process.stdout.close()


def end(home: Home) -> None:
    """Ends the lab's first process, and with it every other one; returns when the last is gone, and link and cgroups too."""
    pid = root_process(home)
    if pid is None:
        return
    members = list(_members(pid))
    arguments = _arguments(pid)
    group, link = arguments[arguments.index(INSIDE) + 2 :][:2]
    os.kill(pid, signal.SIGKILL)
    deadline = int(PATIENCE * 10)
    paced = Event()
    while any(_start_time(member) == started for member, started in members) and deadline:
        deadline -= 1
        paced.wait(0.1)
    # Its other end goes with the namespace, which connections that are not yet closed hold for minutes.
    subprocess.run(["ip", "link", "delete", link], capture_output=True, check=False)
    remove_cgroups(group)


def processes(home: Home) -> dict[int, int]:
    """Maps each process id inside the lab to the one that the machine knows it by."""
    pid = root_process(home)
    found: dict[int, int] = {}
    for member, _ in _members(pid) if pid is not None else ():
        for line in _read(_proc(member, "status")).splitlines():
            if line.startswith("NSpid:"):
                found[int(line.split()[-1])] = member
    return found


def make_cgroups(identity: Identity) -> None:
    """Makes the folder of this lab under every cgroup controller: the kubelet wants its root to exist."""
    for controller in _controllers():
        folder = controller / identity.cgroup
        folder.mkdir(exist_ok=True)


def remove_cgroups(group: str) -> None:
    """Removes a lab's cgroup folders, children first; they are empty once its processes have ended."""
    for controller in _controllers():
        top = controller / group
        for folder in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
            folder.rmdir()
        if top.exists():
            top.rmdir()


def _controllers() -> list[Path]:
    """The root of each cgroup hierarchy: one on cgroup v2, one a controller on v1."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [path for path in CGROUPS.iterdir() if not path.is_symlink() and (path / "cgroup.procs").exists()]


def _members(root: int) -> Iterator[tuple[int, str]]:
    """Processes in the lab's own process namespace, with their start times; the first one's child made it."""
    children = _read(_proc(root, f"task/{root}/children")).split()
    if not children:
        return
    namespace = _namespace(int(children[0]))
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and namespace and _namespace(int(path.name)) == namespace:
            yield int(path.name), _start_time(int(path.name))


def _namespace(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


def _start_time(pid: int) -> str:
    """Field 22 of /proc/<pid>/stat; empty where the process is gone."""
    fields = _read(_proc(pid, "stat")).rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""


def _arguments(pid: int) -> list[str]:
    return _read(_proc(pid, "cmdline")).split("\0")


def _proc(pid: int, file: str) -> Path:
    return Path("/proc") / str(pid) / file


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
