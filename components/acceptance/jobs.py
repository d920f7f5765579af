"""The Job of an acceptance test, as plain data."""

from collections.abc import Mapping

import pulumi

from components.acceptance.args import AcceptanceTestArgs
from components.acceptance.spec import AcceptanceSpec
from components.gpu_pool.spec import TAINT

Manifest = dict[str, object]
MODULE = "workloads.acceptance.app.accept"
# The user of the base image; its home is /tmp.
USER = 65532
EFA = "vpc.amazonaws.com/efa"
STORES_PATH = "/etc/aifactory/stores"
SIGNING_PATH = "/etc/aifactory/signing"
SHARED_PATH = "/shared"
HOSTNAME = "kubernetes.io/hostname"


def job_spec(spec: AcceptanceSpec, args: AcceptanceTestArgs, name: str) -> Manifest:
    """One pod a node, which find each other by the name of the first; any that fails ends the test."""
    return {
        "parallelism": spec.nodes,
        "completions": spec.nodes,
        "completionMode": "Indexed",
        # A node that fails once is not tried until it passes.
        "backoffLimit": 0,
        "activeDeadlineSeconds": spec.seconds,
        # No time after which it is removed: what is gone would be run again by the next refresh.
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {
                "restartPolicy": "Never",
                "serviceAccountName": args.get("service_account", "default"),
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                # The name by which a pod of an Indexed Job is found (Kubernetes, "Job with Pod-to-Pod Communication").
                "subdomain": name,
                "nodeSelector": dict(args["node_labels"]),
                "tolerations": _tolerations(spec, args),
                "affinity": {
                    "podAntiAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": [
                            {"labelSelector": {"matchLabels": {"app": name}}, "topologyKey": HOSTNAME}
                        ]
                    }
                },
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": USER,
                    "runAsGroup": USER,
                    "fsGroup": USER,
                    "fsGroupChangePolicy": "OnRootMismatch",
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [_container(spec, args, name)],
                "volumes": [{"name": name, **source} for name, _, source in _mounts(args)],
            },
        },
    }


def _container(spec: AcceptanceSpec, args: AcceptanceTestArgs, name: str) -> Manifest:
    devices: dict[str, str] = {}
    if spec.gpus:
        # All of the node's: a card that is in use is not tested.
        devices[TAINT] = str(spec.gpus)
    if spec.efa:
        devices[EFA] = str(spec.efa)
    amounts = {"cpu": f"{round(spec.cpu * 1000)}m", "memory": f"{spec.memory_gib}Gi", **devices}
    return {
        "name": "main",
        "image": args["image"],
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-m", MODULE],
        "env": [
            # A record names machines: a pod's own name says nothing of the one that is slow.
            {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            *({"name": key, "value": value} for key, value in sorted(_environment(spec, args, name).items())),
        ],
        "resources": {"requests": amounts, "limits": amounts},
        "volumeMounts": [
            {"name": mount, "mountPath": path, "readOnly": not {"secret", "configMap"}.isdisjoint(source)}
            for mount, path, source in _mounts(args)
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _environment(spec: AcceptanceSpec, args: AcceptanceTestArgs, name: str) -> Mapping[str, str]:
    record = args["record"]
    files = {
        "AWS_SHARED_CREDENTIALS_FILE": f"{STORES_PATH}/credentials",
        "AWS_CONFIG_FILE": f"{STORES_PATH}/config",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    nccl = {
        # Which network NCCL took is in its log and nowhere else: it falls back to TCP without a word.
        "NCCL_DEBUG": "INFO",
        "NCCL_DEBUG_SUBSYS": "INIT,NET",
        "NCCL_DEBUG_FILE": "/tmp/nccl.%h.%p.log",
    }
    return {
        "ACCEPTANCE_SPEC": spec.document(),
        "NNODES": str(spec.nodes),
        "PROCESSES": str(spec.processes),
        "MASTER_ADDR": f"{name}-0.{name}",
        "OMP_NUM_THREADS": str(max(1, int(spec.cpu / spec.processes))),
        "SIGNING_KEY_FILE": f"{SIGNING_PATH}/key.pem",
        **({"FILESYSTEM_DIR": SHARED_PATH} if "claim" in args else {}),
        **(nccl if spec.gpus else {}),
        **({"FI_PROVIDER": "efa"} if spec.efa else {}),
        **(files if record.get("stores_secret") else {}),
        **record["environment"],
    }


def _mounts(args: AcceptanceTestArgs) -> list[tuple[str, str, Manifest]]:
    """Name, path and source of each volume."""
    record = args["record"]
    stores = record.get("stores_secret", "")
    claim: pulumi.Input[str] = args.get("claim", "")
    found: list[tuple[str, str, Manifest]] = [
        ("tmp", "/tmp", {"emptyDir": {}}),
        # Workers of one node exchange tensors through it.
        ("memory", "/dev/shm", {"emptyDir": {"medium": "Memory"}}),
        ("signing", SIGNING_PATH, {"secret": {"secretName": record["signing_secret"], "defaultMode": 0o440}}),
    ]
    if "stores_config" in record:
        found.append(("stores", STORES_PATH, {"configMap": {"name": record["stores_config"]}}))
    elif stores:
        found.append(("stores", STORES_PATH, {"secret": {"secretName": stores, "defaultMode": 0o440}}))
    if "claim" in args:
        found.append(("shared", SHARED_PATH, {"persistentVolumeClaim": {"claimName": claim}}))
    return found


def _tolerations(spec: AcceptanceSpec, args: AcceptanceTestArgs) -> list[Manifest]:
    taint = args.get("taint", TAINT if spec.gpus else "")
    return [{"key": taint, "operator": "Exists", "effect": "NoSchedule"}] if taint else []
