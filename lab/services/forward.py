"""The loopback port of the machine that leads to the lab's model: what a user's curl goes to."""

from cli.home import Home
from lab.identity import Identity
from lab.node.program import Program, listens
from lab.node.supervisor import on_path

SERVING_NODE_PORT = 30080


def programs(home: Home, identity: Identity) -> list[Program]:
    """The forwarder; it listens in the machine's network and ends with the lab."""
    port = identity.serving_port
    return [
        Program(
            name="forward-endpoint",
            command=(
                *(on_path("nsenter"), f"--net={home.run / 'host-net'}"),
                *(on_path("socat"), f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr"),
                f"TCP:{identity.address}:{SERVING_NODE_PORT}",
            ),
            healthy=listens("127.0.0.1", port),
            endpoint=f"http://127.0.0.1:{port}",
            after=("kube-proxy",),
        )
    ]
