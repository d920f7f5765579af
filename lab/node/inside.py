"""The first program inside a lab's namespaces: prepares mounts and the link, then becomes the supervisor."""

import os
import subprocess
import sys
from pathlib import Path

# Folders that programs write below fixed paths: each lab has its own, gone with its mounts.
PRIVATE = ("/run", "/var/lib/cni", "/var/log/containers", "/var/log/pods")


def main() -> None:
    """Arguments: the lab's folder, its cgroup, its link, its address, the machine's address, the fd of the machine's network,
    a command. The cgroup and the link are for `namespaces.end`, which reads them here: the folder may be gone.
    """
    home, group, _, address, gateway, host_network, *command = sys.argv[1:]
    os.umask(0o022)
    socket_folder = Path(home) / "run"
    for folder in PRIVATE:
        Path(folder).mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    # Servers ask for the name of their own address when they start; from here the machine's name server may not be reached,
    # and each would wait for it.
    hosts = Path("/run/hosts")
    hosts.write_text(f"127.0.0.1 localhost\n{address} {group}\n")
    _run("mount", "--bind", str(hosts), "/etc/hosts")
    # With it, a forwarder inside listens on the machine's loopback and still ends with the lab.
    anchor = socket_folder / "host-net"
    anchor.touch()
    _run("mount", "--bind", f"/proc/self/fd/{host_network}", str(anchor), pass_fd=int(host_network))
    os.close(int(host_network))
    _run("ip", "link", "set", "lo", "up")
    print("namespaces", flush=True)
    if sys.stdin.readline() != "link\n":
        sys.exit("the machine's side of the link was not made")
    _run("ip", "address", "add", f"{address}/24", "dev", "lab0")
    _run("ip", "link", "set", "lab0", "up")
    # Service addresses are rewritten on the way out, which takes a route that matches them.
    _run("ip", "route", "add", "default", "via", gateway)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    os.execvp(command[0], command)


def _run(*command: str, pass_fd: int | None = None) -> None:
    subprocess.run(command, check=True, pass_fds=() if pass_fd is None else (pass_fd,))


if __name__ == "__main__":
    main()
