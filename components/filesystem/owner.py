"""The Job that makes folders on a filesystem and gives them to their owner."""

from typing import cast

import pulumi
from pulumi_kubernetes import batch, core, meta

from components.filesystem.folders import MOUNT, FoldersSpec

VOLUME = "shared"


def make_folders(
    parent: pulumi.Resource,
    name: str,
    spec: FoldersSpec,
    namespace: pulumi.Input[str],
    claim: core.v1.PersistentVolumeClaim,
) -> batch.v1.Job:
    """Declares it under `parent`. It runs again where the folders or their owner change, and stands when it is done."""
    return batch.v1.Job(
        f"{name}-folders",
        metadata=meta.v1.ObjectMetaArgs(namespace=namespace),
        spec=cast("batch.v1.JobSpecArgsDict", {"backoffLimit": 4, "template": {"spec": _pod(spec, claim)}}),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[claim]),
    )


def _pod(spec: FoldersSpec, claim: core.v1.PersistentVolumeClaim) -> dict[str, object]:
    pod: dict[str, object] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_container(spec)],
        "volumes": [
            {
                "name": VOLUME,
                "persistentVolumeClaim": {"claimName": claim.metadata.apply(lambda metadata: metadata.name or "")},
            }
        ],
    }
    if spec.node_selector:
        pod["nodeSelector"] = spec.node_selector
    if spec.tolerations:
        pod["tolerations"] = [{"key": key, "operator": "Exists"} for key in spec.tolerations]
    if spec.pull_secret:
        pod["imagePullSecrets"] = [{"name": spec.pull_secret}]
    return pod


def _container(spec: FoldersSpec) -> dict[str, object]:
    """Root, because the root of the filesystem is root's; of root's powers it keeps the two that give a folder away."""
    return {
        "name": "folders",
        "image": spec.image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(spec.command()),
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "500m", "memory": "64Mi"}},
        "volumeMounts": [{"name": VOLUME, "mountPath": MOUNT}],
        "securityContext": {
            "runAsUser": 0,
            "runAsGroup": 0,
            "runAsNonRoot": False,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            # chown(2) to another user, and chmod(2) of a folder that is another's by then. Not to read what is in it.
            "capabilities": {"drop": ["ALL"], "add": ["CHOWN", "FOWNER"]},
        },
    }
