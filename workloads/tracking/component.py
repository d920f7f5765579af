"""MLflow in the cluster."""

import pulumi

from workloads.recipe import Resources
from workloads.server import server
from workloads.spec import SHARED_PATH, Mount, Program
from workloads.tracking.args import TrackingArgs

NAME = "mlflow"
PORT = 5000
DATABASE = f"{SHARED_PATH}/mlflow"
# MLflow 3 imports about half a gigabyte of libraries.
RESOURCES = Resources(pods=1, cpu_request=0.1, cpu=1, memory_gib=2, gpus=0, efa=0)


def uri(namespace: str) -> str:
    """Where pods find it."""
    return f"http://{NAME}.{namespace}.svc:{PORT}"


class Tracking(pulumi.ComponentResource):
    """A Deployment of MLflow with its database on the shared filesystem, and its Service.

    It asks nobody for a login, so no port of a node leads to it: only pods and `kubectl port-forward` do.
    """

    uri: pulumi.Output[str]
    """Where pods find it; known only when it answers."""

    def __init__(self, name: str, args: TrackingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aifactory:tracking:Tracking", name, {**args}, opts)
        namespace = args["namespace"]
        # MLflow answers only hosts that it was told, against DNS rebinding.
        hosts = ",".join((f"{NAME}.{namespace}.svc:*", "localhost", "localhost:*", "127.0.0.1:*"))
        options = f"--host 0.0.0.0 --port {PORT} --workers 1 --allowed-hosts '{hosts}'"
        program = Program(
            name=NAME,
            image=args["image"],
            command=(
                *("/bin/sh", "-c"),
                f"mkdir -p {DATABASE} && cd {DATABASE} && "
                f"exec python3 -m mlflow server {options} --backend-store-uri sqlite:///{DATABASE}/mlflow.db",
            ),
            resources=RESOURCES,
            mounts=(Mount(name="shared", path=SHARED_PATH, source="claim", of=args["claim"]),),
            ports={"http": PORT},
            healthy="/health",
        )
        service = server(
            self,
            name,
            NAME,
            namespace,
            [program],
            pull_secret=args.get("pull_secret", ""),
        )
        self.uri = service.metadata.apply(lambda _: uri(namespace))
        self.register_outputs({"uri": self.uri})
