"""A run as an Argo Workflow: a stage on one pod is a step, a stage on many a JobSet that a step creates and waits for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.object_store.identity import PROTECT, RUNNER, STAGE
from workloads.canonical import canonical
from workloads.keys import PlannedStage
from workloads.plan import Run
from workloads.render import GPU_NODES, Manifest, container, placement, pod, pod_security, volumes
from workloads.spec import (
    BUCKET_PATH,
    OBJECTS_SECRET,
    PROTECTION_SECRET,
    SHARED_PATH,
    SIGNING_PATH,
    SIGNING_SECRET,
    SPEC_PATH,
    Mount,
    Program,
    Stores,
)

STAGE_ACCOUNT = STAGE
"""The account of a JobSet's pods; it may do nothing in the cluster."""
STAGE_LABEL = "aifactory/stage"
RUN_LABEL = "aifactory/run"
USER_ERROR = 2
MAX_RESTARTS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEnvironment:
    """Where runs take place."""

    namespace: str
    claim: str
    """Claim of the shared filesystem."""
    stores: Stores
    tracking_uri: str
    gpu_nodes: Mapping[str, str] = field(default_factory=lambda: GPU_NODES)
    """Labels of the nodes with GPUs."""
    pull_secret: str = ""
    """Secret that pods pull the image by; "" where nodes pull by themselves."""
    bucket_claim: str = ""
    """Claim of the bucket that ingest can read as a folder, `BUCKET_PATH`; "" where there is none."""


def spec(run: Run, place: RunEnvironment) -> Manifest:
    """The spec of the run's Workflow."""
    return {
        "entrypoint": "main",
        "serviceAccountName": RUNNER,
        "securityContext": pod_security(),
        "templates": [
            {
                "name": "main",
                "dag": {
                    "tasks": [
                        {
                            "name": stage.name,
                            "template": stage.name,
                            **({"dependencies": list(stage.stage.inputs)} if stage.stage.inputs else {}),
                        }
                        for stage in run.stages
                    ]
                },
            },
            *(
                _many(run, stage, place) if run.recipe.resources[stage.name].pods > 1 else _one(run, stage, place)
                for stage in run.stages
            ),
        ],
    }


def instructions(run: Run) -> dict[str, str]:
    """The data of the ConfigMap that every pod of the run mounts: each stage's instructions, a file each.

    Files, because the recipe may name thousands of URLs and a variable of the environment holds 128 KiB.
    """
    return {spec_file(stage): run.instructions(stage) for stage in run.stages}


def spec_file(stage: PlannedStage) -> str:
    return f"{stage.name}.json"


def job_set(run: Run, stage: PlannedStage, place: RunEnvironment) -> Manifest:
    """A stage on several pods, which find each other by the name of the first."""
    name = f"{stage.name}-{run.digest[:12]}"
    pods = run.recipe.resources[stage.name].pods
    rank_zero = f"{name}-worker-0-0.{name}"
    program = program_of(run, stage, place, {"NNODES": str(pods), "MASTER_ADDR": rank_zero})
    labels = {STAGE_LABEL: stage.name, RUN_LABEL: run.digest[:12]}
    job: Manifest = {
        "parallelism": pods,
        "completions": pods,
        "completionMode": "Indexed",
        # A worker alone cannot go on: JobSet makes all of them again, and they resume from the last checkpoint.
        "backoffLimit": 0,
        # What its user has to remedy fails the same way again: the JobSet's rule below tells it from all else.
        "podFailurePolicy": {
            "rules": [
                {
                    "action": "FailJob",
                    "onExitCodes": {"containerName": program.name, "operator": "In", "values": [USER_ERROR]},
                }
            ]
        },
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                **pod([program], account=STAGE_ACCOUNT, gpu_nodes=place.gpu_nodes),
                "restartPolicy": "Never",
            },
        },
    }
    return {
        "apiVersion": "jobset.x-k8s.io/v1alpha2",
        "kind": "JobSet",
        "metadata": {"name": name, "namespace": place.namespace, "labels": labels},
        "spec": {
            "failurePolicy": {
                "maxRestarts": MAX_RESTARTS,
                "rules": [
                    {"name": "userFault", "action": "FailJobSet", "onJobFailureReasons": ["PodFailurePolicy"]},
                ],
            },
            "replicatedJobs": [{"name": "worker", "replicas": 1, "template": {"spec": job}}],
        },
    }


def program_of(run: Run, stage: PlannedStage, place: RunEnvironment, more: Mapping[str, str]) -> Program:
    """What a pod of the stage runs: each reaches only what its stage needs."""
    protection = stage.name == PROTECT
    mounts = [
        place.stores.mount(PROTECTION_SECRET if protection else OBJECTS_SECRET),
        Mount(name="spec", path=SPEC_PATH, source="config_map", of=run.name),
    ]
    environment = {
        **place.stores.environment(protection=protection),
        "STAGE_SPEC_FILE": f"{SPEC_PATH}/{spec_file(stage)}",
        **more,
    }
    match stage.name:
        case "ingest" if run.recipe.ingest.folder:
            folder = run.recipe.ingest.folder
            if place.bucket_claim and f"{folder}/".startswith(f"{BUCKET_PATH}/"):
                mounts.append(Mount(name="source", path=BUCKET_PATH, source="claim", of=place.bucket_claim))
            else:
                mounts.append(Mount(name="source", path=folder, source="folder", of=folder))
        case "train":
            mounts += [
                Mount(name="shared", path=SHARED_PATH, source="claim", of=place.claim),
                # Workers of one node exchange tensors through it.
                Mount(name="memory", path="/dev/shm", source="memory"),
            ]
            resources = run.recipe.resources[stage.name]
            environment |= {
                "CHECKPOINT_DIR": f"{SHARED_PATH}/checkpoints",
                "PROCESSES": str(resources.processes),
                # The pod's cores, shared by its processes.
                "OMP_NUM_THREADS": str(max(1, int(resources.cpu / resources.processes))),
            }
        case "register":
            mounts.append(Mount(name="signing", path=SIGNING_PATH, source="secret", of=SIGNING_SECRET))
            environment |= {
                "SIGNING_KEY_FILE": f"{SIGNING_PATH}/key.pem",
                "MLFLOW_TRACKING_URI": place.tracking_uri,
            }
        case _:
            pass
    return Program(
        name="main",
        image=run.image,
        command=("python3", "-m", stage.stage.module),
        resources=run.recipe.resources[stage.name],
        environment=environment,
        mounts=tuple(mounts),
    )


def _one(run: Run, stage: PlannedStage, place: RunEnvironment) -> Manifest:
    alone = {"NNODES": "1", "MASTER_ADDR": "localhost", "JOB_COMPLETION_INDEX": "0"} if stage.name == "train" else {}
    program = program_of(run, stage, place, alone)
    return {
        "name": stage.name,
        # The one stage that may write to the vault: its account has a role of its own where pods reach stores by
        # identity.
        **({"serviceAccountName": PROTECT} if stage.name == PROTECT and place.stores.identity_region else {}),
        "metadata": {"labels": {STAGE_LABEL: stage.name, RUN_LABEL: run.digest[:12]}},
        "container": container(program),
        "volumes": volumes([program]),
        "retryStrategy": {
            "limit": str(MAX_RESTARTS),
            "retryPolicy": "Always",
            # What its user has to remedy fails the same way again.
            "expression": f"lastRetry.status == 'Error' || asInt(lastRetry.exitCode) != {USER_ERROR}",
            "backoff": {"duration": "5s", "factor": "2"},
        },
        **(placement(place.gpu_nodes) if program.resources.gpus else {}),
    }


def _many(run: Run, stage: PlannedStage, place: RunEnvironment) -> Manifest:
    return {
        "name": stage.name,
        "metadata": {"labels": {RUN_LABEL: run.digest[:12]}},
        "resource": {
            # A step whose watcher was lost is tried again, and finds the JobSet that it made: apply goes on from there.
            "action": "apply",
            # By the server, which leaves the defaults that JobSet added in its lists.
            "flags": ["--server-side"],
            "setOwnerReference": True,
            "successCondition": "status.terminalState == Completed",
            "failureCondition": "status.terminalState == Failed",
            "manifest": canonical(job_set(run, stage, place)),
        },
        # A JobSet that failed has restarted its pods itself; only the watcher's own end is tried again.
        "retryStrategy": {
            "limit": str(MAX_RESTARTS),
            "retryPolicy": "OnError",
            "backoff": {"duration": "5s", "factor": "2"},
        },
    }
