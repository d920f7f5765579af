"""The containers of a served model."""

from components.object_store.identity import SERVER
from workloads.inference import model_server
from workloads.inference.args import ServingArgs
from workloads.recipe import Resources
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
)

NAME = SERVER
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
            args["stores"].mount(SERVING_SECRET),
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
            args["stores"].mount(LOGS_SECRET),
            Mount(name="callers", path=CALLERS_PATH, source="secret", of=CALLERS_SECRET),
            Mount(name="shared", path=SHARED_PATH, source="claim", of=args["claim"]),
        ),
        ports={"http": PORT},
        healthy="/health",
    )
    return fetch, answering, gateway
