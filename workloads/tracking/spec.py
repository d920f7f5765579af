"""MLflow as a program in the cluster."""

from workloads.recipe import Resources
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


def program(args: TrackingArgs) -> Program:
    """The server, on its database."""
    # MLflow answers only hosts that it was told, against DNS rebinding.
    hosts = ",".join((f"{NAME}.{args['namespace']}.svc:*", "localhost", "localhost:*", "127.0.0.1:*"))
    options = f"--host 0.0.0.0 --port {PORT} --workers 1 --allowed-hosts '{hosts}'"
    return Program(
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
