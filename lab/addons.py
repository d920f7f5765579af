"""What the lab installs into its Kubernetes before Pulumi comes: DNS permissions, JobSet and Argo Workflows."""

import json
import shutil
from pathlib import Path

from cli.home import Home
from host.cache import REPOSITORY
from host.progress import Progress
from host.shell import run
from lab.identity import Identity
from lab.images.node import CONTROLLER_IMAGE, EXECUTOR_IMAGE, MANAGER_IMAGE
from lab.node import pki
from lab.services import simulated
from toolchain.install import Toolchain

MANIFESTS = REPOSITORY / "lab" / "manifests"
PATIENCE = "--timeout=180s"
# Argo looks at a Workflow again after 10 s, made for thousands of them: here that is how long each stage would wait for the next.
REQUEUE = {"name": "DEFAULT_REQUEUE_TIME", "value": "1s"}
READINESS = "/spec/template/spec/containers/0/readinessProbe"


def install(home: Home, identity: Identity, toolchain: Toolchain, progress: Progress) -> None:
    """Applies the manifests and waits until the node is ready and the controllers are available."""
    kubectl = command(home, toolchain)
    with progress.step("kubernetes: node"):
        for permissions in (MANIFESTS / "coredns.yaml", simulated.PERMISSIONS):
            run([*kubectl, "apply", "--server-side", "--filename", permissions])
        # `wait` fails at once on an object that does not exist yet, unless it is told to wait for that too.
        run([*kubectl, "wait", "--for=create", f"node/{identity.name}", PATIENCE])
        run([*kubectl, "wait", "--for=condition=Ready", f"node/{identity.name}", PATIENCE])
    with progress.step("kubernetes: JobSet"):
        _apply(kubectl, _jobset(home, toolchain))
        deployment = ["--namespace", "jobset-system", "deployment/jobset-controller-manager"]
        run([*kubectl, "wait", "--for=condition=Available", *deployment, PATIENCE])
    with progress.step("kubernetes: Argo Workflows"):
        _apply(kubectl, _argo(home, toolchain))
        deployment = ["--namespace", "argo", "deployment/workflow-controller"]
        run([*kubectl, "wait", "--for=condition=Available", *deployment, PATIENCE])


def command(home: Home, toolchain: Toolchain) -> list[str | Path]:
    """kubectl on this lab's cluster."""
    return [toolchain.path("kubectl"), "--kubeconfig", pki.kubeconfig(home)]


def _apply(kubectl: list[str | Path], folder: Path) -> None:
    # The controllers write the certificates of their own webhooks, which stay theirs.
    run([*kubectl, "apply", "--server-side", "--force-conflicts", "--kustomize", folder])


def _jobset(home: Home, toolchain: Toolchain) -> Path:
    """JobSet's own kustomization with the image that was built here."""
    folder = _fresh(home.config / "jobset")
    shutil.copytree(toolchain.assets("jobset", "config"), folder / "config")
    return _kustomization(
        folder,
        resources=["config/default"],
        patches=[
            _patch(
                "controller-manager",
                [
                    {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": MANAGER_IMAGE},
                    {"op": "add", "path": "/spec/template/spec/containers/0/imagePullPolicy", "value": "Never"},
                    {"op": "replace", "path": "/spec/template/spec/containers/0/resources", "value": _small("128Mi")},
                    {"op": "add", "path": "/spec/template/spec/securityContext/runAsUser", "value": 65532},
                    # Its own first look is after 5 s and its next 10 s later: a lab would wait for both.
                    {"op": "replace", "path": READINESS + "/initialDelaySeconds", "value": 1},
                    {"op": "replace", "path": READINESS + "/periodSeconds", "value": 1},
                ],
            )
        ],
    )


def _argo(home: Home, toolchain: Toolchain) -> Path:
    """Argo's controller without its server: runs are looked at with kubectl and `make status`."""
    folder = _fresh(home.config / "argo")
    shutil.copytree(toolchain.assets("argo", "manifests"), folder / "manifests")
    arguments = ["--executor-image", EXECUTOR_IMAGE, "--executor-image-pull-policy", "Never"]
    return _kustomization(
        folder,
        namespace="argo",
        resources=[
            "manifests/base/crds/minimal",
            "manifests/base/workflow-controller",
            "manifests/cluster-install-no-crds/workflow-controller-rbac",
        ],
        patches=[
            _patch(
                "workflow-controller",
                [
                    {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": CONTROLLER_IMAGE},
                    {"op": "add", "path": "/spec/template/spec/containers/0/imagePullPolicy", "value": "Never"},
                    {"op": "add", "path": "/spec/template/spec/containers/0/resources", "value": _small("128Mi")},
                    {"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": arguments},
                    {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": REQUEUE},
                    {"op": "add", "path": "/spec/template/spec/securityContext/runAsUser", "value": 65532},
                ],
            )
        ],
    )


def _patch(name: str, operations: list[dict[str, object]]) -> dict[str, object]:
    return {"target": {"kind": "Deployment", "name": f".*{name}"}, "patch": json.dumps(operations)}


def _small(memory: str) -> dict[str, object]:
    """Requests that leave two cores to the workloads."""
    return {"requests": {"cpu": "50m", "memory": memory}, "limits": {"memory": "1Gi"}}


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _kustomization(folder: Path, **content: object) -> Path:
    document = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **content}
    (folder / "kustomization.yaml").write_text(json.dumps(document, indent=1))
    return folder
