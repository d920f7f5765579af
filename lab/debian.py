"""Debian's packages that the lab needs, installed when missing."""

import os
import shutil
from collections.abc import Mapping

from lab.errors import LabError
from lab.home import Home
from lab.progress import Progress
from lab.shell import run

# Program -> the package that brings it.
PROGRAMS: Mapping[str, str] = {
    "containerd": "containerd",
    "ctr": "containerd",
    "ip": "iproute2",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "mmdebstrap": "mmdebstrap",
    "nsenter": "util-linux",
    "runc": "runc",
    "socat": "socat",
    "unshare": "util-linux",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
# What pushing images takes, beside building them.
PUSHING: Mapping[str, str] = {"mmdebstrap": "mmdebstrap", "skopeo": "skopeo"}
SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin"


def require_root() -> None:
    """Raises LabError where the lab cannot make namespaces, mounts and links."""
    if os.geteuid() != 0:
        raise LabError(
            f"user id = {os.geteuid()}: a lab makes namespaces, mounts and network links, which takes root; "
            "run `sudo make up`, or use a throw-away virtual machine"
        )


def install(home: Home, progress: Progress, programs: Mapping[str, str] = PROGRAMS) -> None:
    """Installs the packages of missing programs by apt-get. Raises LabError where there is no apt-get."""
    packages = sorted({package for program, package in programs.items() if shutil.which(program, path=SEARCH) is None})
    if not packages:
        return
    if shutil.which("apt-get") is None:
        raise LabError(f"apt-get: not found; install these yourself and run `make up` again: {', '.join(packages)}")
    log = home.logs / "apt.log"
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with progress.step(f"packages: {', '.join(packages)}"):
        run(["apt-get", "update"], log=log, env=quiet)
        run(["apt-get", "install", "--yes", "--no-install-recommends", *packages], log=log, env=quiet)
