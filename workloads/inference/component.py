"""A model that answers."""

import pulumi

from workloads.inference import model_server
from workloads.inference.args import ServingArgs
from workloads.recipe import Resources
from workloads.render import GPU_NODES
from workloads.server import server
from workloads.spec import (
    CALLERS_FILE,
    CALLERS_PATH,
    CALLERS_SECRET,
    LOGS_SECRET,
    SERVING_SECRET,
    SHARED_PATH,
    SIGNING_CONFIG,
    SIGNING_PATH,
    Mount,
    Program,
    stores_mount,
)

NAME = "serving"
PORT = 8000
SERVER_PORT = 8001
# A model server on CPUs spins on every core that it may use; with a smaller share the door in front of it waits for its turn.
GATEWAY = Resources(pods=1, cpu_request=0.5, cpu=1, memory_gib=1, gpus=0, efa=0)
FETCH = Resources(pods=1, cpu_request=0.1, cpu=1, memory_gib=1, gpus=0, efa=0)


def programs(args: ServingArgs) -> tuple[Program, Program, Program]:
    """The fetcher that refuses what is not signed, the model server, and the gateway that keeps the record."""
    model = Mount(name="model", path="/model", source="scratch")
    fetch = Program(
        name="fetch",
        image=args["image"],
        command=("python3", "-m", "workloads.inference.app.fetch"),
        resources=FETCH,
        environment={
            **args["stores"].environment(protection=False),
            "MODEL_DIGEST": args["model"],
            "SIGNING_PUBLIC_KEY_FILE": f"{SIGNING_PATH}/public.pem",
        },
        mounts=(
            model,
            stores_mount(SERVING_SECRET),
            Mount(name="signing", path=SIGNING_PATH, source="config_map", of=SIGNING_CONFIG),
        ),
    )
    resources = args["resources"]
    answering = Program(
        name="vllm",
        image=args["image"],
        command=model_server.command(
            "/model", SERVER_PORT, resources=resources, precision=args["precision"], context=args["context"]
        ),
        resources=resources,
        environment=model_server.environment(resources),
        mounts=(model, Mount(name="memory", path="/dev/shm", source="memory")),
    )
    gateway = Program(
        name="gateway",
        image=args["image"],
        command=("python3", "-m", "workloads.inference.app.gateway"),
        resources=GATEWAY,
        environment={
            **args["stores"].environment(protection=True),
            "MODEL_DIGEST": args["model"],
            "MODEL_SERVER": f"http://127.0.0.1:{SERVER_PORT}",
            "PORT": str(PORT),
            "CALLERS_FILE": f"{CALLERS_PATH}/{CALLERS_FILE}",
            "SPOOL_DIR": f"{SHARED_PATH}/spool",
        },
        mounts=(
            stores_mount(LOGS_SECRET),
            Mount(name="callers", path=CALLERS_PATH, source="secret", of=CALLERS_SECRET),
            Mount(name="shared", path=SHARED_PATH, source="claim", of=args["claim"]),
        ),
        ports={"http": PORT},
        healthy="/health",
    )
    return fetch, answering, gateway


class Serving(pulumi.ComponentResource):
    """vLLM on one model by digest, whose signature is checked first, behind a gateway that records each answer."""

    model: pulumi.Output[str]
    """Digest of the model that answers; known only when it does."""

    def __init__(self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aifactory:inference:Serving", name, {"model": args["model"], "image": args["image"]}, opts)
        fetch, model, gateway = programs(args)
        service = server(
            self,
            name,
            NAME,
            args["namespace"],
            [model, gateway],
            before=[fetch],
            node_port=args["node_port"],
            gpu_nodes=args.get("gpu_nodes", GPU_NODES),
            pull_secret=args.get("pull_secret", ""),
        )
        self.model = service.metadata.apply(lambda _: args["model"])
        self.register_outputs({"model": self.model})
