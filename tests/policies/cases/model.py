"""Cases of the pack model."""

from policies.types import CRON_WORKFLOW, JOB_SET, K8S_DEPLOYMENT, LIFECYCLE, SERVING, WORKFLOW
from tests.policies.case import CONTAINER, DELETED, EMPTY, POD, SERVER_POD, Case, deployment, job_set, workflow_of

CASES: tuple[Case, ...] = (
    Case(
        rule="model-artifact-digest",
        kind=SERVING,
        good={
            "model": "4444444444444444444444444444444444444444444444444444444444444444",
            "image": "registry.example.org/workloads@sha256:1111111111111111111111111111111111111111111111111111111111111111",
        },
        bad=(
            ("model", "llama-3-8b"),
            ("model", ""),
        ),
        unknown=("model",),
    ),
    Case(
        rule="serving-image-digest",
        kind=SERVING,
        good={
            "model": "4444444444444444444444444444444444444444444444444444444444444444",
            "image": "registry.example.org/workloads@sha256:1111111111111111111111111111111111111111111111111111111111111111",
        },
        bad=(
            ("image", "vllm:latest"),
            ("image", DELETED),
        ),
        unknown=("image",),
    ),
    Case(
        rule="model-artifact-signed",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(
            ("spec.template.spec.initContainers", []),
            ("spec.template.spec.initContainers.0.env", []),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.initContainers",
        ),
    ),
    Case(
        rule="model-format-safe",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(
            ("spec.template.spec.containers.0.args", ["--trust-remote-code"]),
            ("spec.template.spec.containers.0.args", ["--load-format", "pt"]),
            ("spec.template.spec.containers.0.args", ["--model", "/m/x.bin"]),
            ("spec.template.spec.containers.0.env", [{"name": "HF_TRUST_REMOTE_CODE", "value": "1"}]),
        ),
        unknown=("spec.template",),
    ),
    Case(
        rule="model-offline-load",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(
            ("spec.template.spec.containers.0.env", []),
            ("spec.template.spec.containers.0.env", [{"name": "HF_HUB_OFFLINE", "value": "0"}]),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.env",
        ),
    ),
    Case(
        rule="serving-no-dev-api",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(("spec.template.spec.containers.0.env", [{"name": "VLLM_SERVER_DEV_MODE", "value": "1"}]),),
        unknown=("spec.template",),
    ),
    Case(
        rule="serving-prompts-unlogged",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(("spec.template.spec.containers.0.args", ["--enable-log-requests"]),),
        unknown=("spec.template",),
    ),
    Case(
        rule="serving-answers-recorded",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(
            ("spec.template.spec.containers.1", DELETED),
            ("spec.template.spec.containers.0.args", ["--host", "0.0.0.0"]),
            ("spec.template.spec.containers.0.args", []),
        ),
        unknown=("spec.template",),
    ),
    Case(
        rule="serving-probed",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(
            ("spec.template.spec.containers.0.livenessProbe", DELETED),
            ("spec.template.spec.containers.0.startupProbe", DELETED),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.readinessProbe",
        ),
    ),
    Case(
        rule="serving-redundant",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(
            ("spec.replicas", 1),
            ("spec.replicas", DELETED),
        ),
        unknown=(
            "spec.template",
            "spec.replicas",
        ),
    ),
    Case(
        rule="serving-bounded",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(("spec.template.spec.containers.0.args", ["--max-model-len", "4096"]),),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.args",
        ),
    ),
    Case(
        rule="serving-weights-read-only",
        kind=K8S_DEPLOYMENT,
        good=deployment(SERVER_POD),
        bad=(
            ("spec.template.spec.containers.0.volumeMounts.0.readOnly", False),
            ("spec.template.spec.containers.0.volumeMounts.0.readOnly", DELETED),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.volumeMounts.0.readOnly",
        ),
    ),
    Case(
        rule="model-eval-gate",
        kind=LIFECYCLE,
        good={
            "run": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "stages": {
                "ingest": "1111111111111111111111111111111111111111111111111111111111111111",
                "clean": "2222222222222222222222222222222222222222222222222222222222222222",
                "train": "3333333333333333333333333333333333333333333333333333333333333333",
                "evaluate": "4444444444444444444444444444444444444444444444444444444444444444",
                "register": "5555555555555555555555555555555555555555555555555555555555555555",
                "protect": "6666666666666666666666666666666666666666666666666666666666666666",
            },
        },
        bad=(("stages.evaluate", DELETED),),
        unknown=("stages",),
    ),
    Case(
        rule="model-data-quarantined",
        kind=LIFECYCLE,
        good={
            "run": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "stages": {
                "ingest": "1111111111111111111111111111111111111111111111111111111111111111",
                "clean": "2222222222222222222222222222222222222222222222222222222222222222",
                "train": "3333333333333333333333333333333333333333333333333333333333333333",
                "evaluate": "4444444444444444444444444444444444444444444444444444444444444444",
                "register": "5555555555555555555555555555555555555555555555555555555555555555",
                "protect": "6666666666666666666666666666666666666666666666666666666666666666",
            },
        },
        bad=(("stages.clean", DELETED),),
        unknown=("stages",),
    ),
    Case(
        rule="model-copies-kept",
        kind=LIFECYCLE,
        good={
            "run": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "stages": {
                "ingest": "1111111111111111111111111111111111111111111111111111111111111111",
                "clean": "2222222222222222222222222222222222222222222222222222222222222222",
                "train": "3333333333333333333333333333333333333333333333333333333333333333",
                "evaluate": "4444444444444444444444444444444444444444444444444444444444444444",
                "register": "5555555555555555555555555555555555555555555555555555555555555555",
                "protect": "6666666666666666666666666666666666666666666666666666666666666666",
            },
        },
        bad=(("stages.protect", DELETED),),
        unknown=("stages",),
    ),
    Case(
        rule="model-registered",
        kind=LIFECYCLE,
        good={
            "run": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "stages": {
                "ingest": "1111111111111111111111111111111111111111111111111111111111111111",
                "clean": "2222222222222222222222222222222222222222222222222222222222222222",
                "train": "3333333333333333333333333333333333333333333333333333333333333333",
                "evaluate": "4444444444444444444444444444444444444444444444444444444444444444",
                "register": "5555555555555555555555555555555555555555555555555555555555555555",
                "protect": "6666666666666666666666666666666666666666666666666666666666666666",
            },
        },
        bad=(("stages.register", DELETED),),
        unknown=("stages",),
    ),
    Case(
        rule="pipeline-stages-keyed",
        kind=LIFECYCLE,
        good={
            "run": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "stages": {
                "ingest": "1111111111111111111111111111111111111111111111111111111111111111",
                "clean": "2222222222222222222222222222222222222222222222222222222222222222",
                "train": "3333333333333333333333333333333333333333333333333333333333333333",
                "evaluate": "4444444444444444444444444444444444444444444444444444444444444444",
                "register": "5555555555555555555555555555555555555555555555555555555555555555",
                "protect": "6666666666666666666666666666666666666666666666666666666666666666",
            },
        },
        bad=(("stages.train", "latest"),),
        unknown=(
            "stages",
            "stages.train",
        ),
    ),
    Case(
        rule="train-checkpoint-durable",
        kind=JOB_SET,
        good=job_set(
            {
                **POD,
                "containers": [
                    {
                        **CONTAINER,
                        "env": [{"name": "CHECKPOINT_DIR", "value": "/shared/checkpoints"}],
                        "volumeMounts": [{"name": "shared", "mountPath": "/shared"}],
                    }
                ],
                "volumes": [{"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}}],
            }
        ),
        bad=(
            ("spec.replicatedJobs.0.template.spec.template.spec.volumes", [{"name": "shared", "emptyDir": EMPTY}]),
            ("spec.replicatedJobs.0.template.spec.template.spec.containers.0.volumeMounts", []),
        ),
        unknown=(
            "spec.replicatedJobs",
            "spec.replicatedJobs.0.template.spec.template.spec.containers.0.volumeMounts",
        ),
    ),
    Case(
        rule="train-jobset-restarts",
        kind=JOB_SET,
        good=job_set(POD),
        bad=(
            ("spec.failurePolicy", DELETED),
            ("spec.failurePolicy.maxRestarts", 1000),
        ),
        unknown=(
            "spec.replicatedJobs",
            "spec.failurePolicy",
        ),
    ),
    Case(
        rule="train-jobset-gang",
        kind=JOB_SET,
        good=job_set(POD),
        bad=(
            ("metadata.labels", {}),
            ("metadata.labels", DELETED),
        ),
        unknown=(
            "spec.replicatedJobs",
            "metadata.labels",
        ),
    ),
    Case(
        rule="train-jobset-fails-whole",
        kind=JOB_SET,
        good=job_set(POD),
        bad=(
            ("spec.replicatedJobs.0.template.spec.backoffLimit", 6),
            ("spec.replicatedJobs.0.template.spec.template.spec.restartPolicy", "OnFailure"),
        ),
        unknown=(
            "spec.replicatedJobs",
            "spec.replicatedJobs.0.template.spec.backoffLimit",
        ),
    ),
    Case(
        rule="tracking-server-closed",
        kind=K8S_DEPLOYMENT,
        good=deployment(
            {
                **POD,
                "containers": [
                    {**CONTAINER, "command": ["mlflow", "server"], "args": ["--allowed-hosts", "mlflow.factory.svc:*"]}
                ],
            }
        ),
        bad=(
            ("spec.template.spec.containers.0.args", []),
            ("spec.template.spec.containers.0.args", ["--allowed-hosts=*"]),
        ),
        unknown=("spec.template",),
    ),
    Case(
        rule="pipeline-retries-bounded",
        kind=WORKFLOW,
        good=workflow_of(container=CONTAINER),
        bad=(("spec.templates.0.retryStrategy", {"retryPolicy": "Always"}),),
        unknown=(
            "spec.templates",
            "spec.templates.0.retryStrategy",
        ),
    ),
    Case(
        rule="pipeline-objects-owned",
        kind=WORKFLOW,
        good=workflow_of(
            resource={
                "action": "create",
                "setOwnerReference": True,
                "successCondition": "status.terminalState == Completed",
                "failureCondition": "status.terminalState == Failed",
                "manifest": "kind: JobSet",
            }
        ),
        bad=(
            ("spec.templates.0.resource.setOwnerReference", False),
            ("spec.templates.0.resource.failureCondition", DELETED),
        ),
        unknown=(
            "spec.templates",
            "spec.templates.0.resource.successCondition",
        ),
    ),
    Case(
        rule="pipeline-step-token",
        kind=WORKFLOW,
        good={
            **workflow_of(container=CONTAINER),
            "spec": {
                "templates": [{"name": "a", "container": CONTAINER}],
                "automountServiceAccountToken": False,
                "executor": {"serviceAccountName": "runner"},
            },
        },
        bad=(
            ("spec.automountServiceAccountToken", True),
            ("spec.executor", DELETED),
        ),
        unknown=("spec.executor",),
    ),
    Case(
        rule="pipeline-cron-no-overlap",
        kind=CRON_WORKFLOW,
        good={"spec": {"schedules": ["0 3 * * 1"], "concurrencyPolicy": "Forbid"}},
        bad=(
            ("spec.concurrencyPolicy", "Allow"),
            ("spec.concurrencyPolicy", DELETED),
        ),
        unknown=("spec",),
    ),
)
