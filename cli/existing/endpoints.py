"""The way from this machine to what a site serves: a node port where a node's answers, else kubectl's forwarding."""

import re
import select
import socket
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from cli.callers import key_file
from cli.existing.checks import Cluster
from cli.existing.options import Site
from cli.home import Home
from cli.serving import Endpoints
from components.errors import FactoryError
from stacks.names import NAMESPACE
from workloads.inference import spec as inference

# Seconds to find out that a node's port cannot be reached from here.
REACH = 3.0
FORWARDED = 30.0


@contextmanager
def endpoints(site: Site, cluster: Cluster) -> Generator[Endpoints]:
    """The model's address as this machine reaches it. Raises FactoryError where there is no way."""
    model = at_node(cluster.nodes(), site.serving_node_port)
    with (
        nullcontext(model) if model else forwarded(cluster.kubectl, NAMESPACE, inference.NAME, inference.PORT) as opened
    ):
        yield Endpoints(model=opened, key=key_file(Home.of_site(site.env)).read_text(), kubectl=cluster.kubectl)


def at_node(nodes: Sequence[str], port: int) -> str:
    """URL of the port on the first node that takes a connection; "" where none does."""
    for address in nodes:
        try:
            with socket.create_connection((address, port), timeout=REACH):
                return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
        except OSError:
            continue
    return ""


@contextmanager
def forwarded(kubectl: Sequence[str | Path], namespace: str, service: str, port: int) -> Generator[str]:
    """A free port on loopback that leads to a Service while the block runs. Raises FactoryError where kubectl opens none."""
    command = [*map(str, kubectl), "--namespace", namespace, "port-forward", "--address", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, f"service/{service}", f":{port}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        if process.stdout is None:
            raise FactoryError("kubectl port-forward has no output")
        ready, _, _ = select.select([process.stdout], [], [], FORWARDED)
        output = process.stdout.readline() if ready else f"nothing in {FORWARDED:.0f} s"
        found = re.search(r"Forwarding from 127\.0\.0\.1:(\d+)", output)
        if found is None:
            raise FactoryError(
                f"service/{service}: no node port {port} answers from here, and kubectl port-forward said: {output.strip()}"
            )
        yield f"http://127.0.0.1:{found[1]}"
    finally:
        process.terminate()
        process.wait()
