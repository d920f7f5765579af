"""Debian's packages that the lab needs, installed when missing."""

import os
import shutil
import time
from collections.abc import Mapping

from components.errors import FactoryError
from host.progress import Progress
from host.shell import run

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
# Seconds for which another program may hold apt: a machine's first boot upgrades it, and so may another clone's `make up`.
PATIENCE, PACE = 300.0, 2.0
HELD = "Could not get lock"
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


def require_root() -> None:
    """Raises FactoryError where the lab cannot make namespaces, mounts and links."""
    if os.geteuid() != 0:
        raise FactoryError(
            f"user id = {os.geteuid()}: a lab makes namespaces, mounts and network links, which takes root; "
            "run `sudo make up`, or use a throw-away virtual machine"
        )


def install(progress: Progress, programs: Mapping[str, str] = PROGRAMS) -> None:
    """Installs the packages of missing programs by apt-get. Raises FactoryError where there is no apt-get."""
    packages = sorted({package for program, package in programs.items() if shutil.which(program, path=SEARCH) is None})
    if not packages:
        return
    if shutil.which("apt-get") is None:
        raise FactoryError(f"apt-get: not found; install these yourself and run `make up` again: {', '.join(packages)}")
    with progress.step(f"packages: {', '.join(packages)}"):
        _apt_get(progress, "update")
        _apt_get(progress, "install", "--yes", "--no-install-recommends", *packages)


def _apt_get(progress: Progress, *arguments: str) -> None:
    """Waits where another has apt; of itself it does so for some of its locks alone."""
    latest, waits = time.monotonic() + PATIENCE, False
    while True:
        try:
            run(["apt-get", *arguments], env=QUIET)
            return
        except FactoryError as error:
            if HELD not in str(error) or time.monotonic() > latest:
                raise
        if not waits:
            progress.say(f"  ...    another program has apt: waiting for it, {PATIENCE / 60:.0f} minutes at most")
            waits = True
        time.sleep(PACE)
