"""Loopback ports of the machine that lead to the lab's services: what a user's browser and curl go to."""

from cli.home import Home
from lab.identity import Identity
from lab.node.program import Program, listens
from lab.node.supervisor import on_path

SERVING_NODE_PORT = 30080
MLFLOW_NODE_PORT = 30500


def programs(home: Home, identity: Identity) -> list[Program]:
    """One forwarder a port; each listens in the machine's network and ends with the lab."""
    return [
        _forward(home, identity, "endpoint", identity.serving_port, SERVING_NODE_PORT),
        _forward(home, identity, "mlflow", identity.mlflow_port, MLFLOW_NODE_PORT),
    ]


def _forward(home: Home, identity: Identity, name: str, port: int, node_port: int) -> Program:
    return Program(
        name=f"forward-{name}",
        command=(
            *(on_path("nsenter"), f"--net={home.run / 'host-net'}"),
            *(on_path("socat"), f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr"),
            f"TCP:{identity.address}:{node_port}",
        ),
        healthy=listens("127.0.0.1", port),
        endpoint=f"http://127.0.0.1:{port}",
        after=("kube-proxy",),
    )
