"""The publishers' own charts on a real API server: accepted, unchanged by a second deployment, and gone again."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
import yaml
from rich.console import Console

from cli.mirror.charts import fetch
from components.charts.argo import FOLDERS
from components.charts.catalogue import CATALOGUE, CONTROLLERS, MANIFESTS, GoModule
from components.charts.images import published
from host.cache import user_cache
from host.documents import Values, mapping, sequence, text
from host.progress import Progress
from host.shell import run
from tests.support.control_plane import ControlPlane
from tests.support.engine import Stack
from toolchain.install import Toolchain

# What needs no publisher but a proxy of Go modules.
OF_MODULES = tuple(one.name for one in CONTROLLERS if isinstance(one.source, GoModule))
PROGRAM = """
import json
import pulumi
from pulumi_kubernetes import Provider
from components.charts.component import Controllers

given = json.load(open("given.json"))

# There are no nodes: nothing would ever be ready.
def unawaited(args):
    if args.type_.startswith("kubernetes:") and "metadata" in args.props:
        metadata = args.props["metadata"]
        annotations = {**(metadata.get("annotations") or {}), "pulumi.com/skipAwait": "true"}
        awaited = args.type_.rpartition(":")[2] in ("Deployment", "DaemonSet", "Service")
        changed = {**metadata, "annotations": annotations} if awaited else metadata
        return pulumi.ResourceTransformResult({**args.props, "metadata": changed}, args.opts)

pulumi.runtime.register_resource_transform(unawaited)
Controllers(
    "addons",
    {"names": given["names"], "folder": given["folder"], "context": given["context"]},
    pulumi.ResourceOptions(providers=[Provider("cluster", kubeconfig=given["kubeconfig"])]),
)
"""
LAB = {
    "images": {
        "jobset": "localhost/aifactory/jobset-manager:1",
        "argo-controller": "localhost/aifactory/workflow-controller:1",
        "argo-executor": "localhost/aifactory/argoexec:1",
    },
    "pull_policy": "Never",
    "requests": {"cpu": "50m", "memory": "128Mi"},
    "run_as_user": 65532,
    "requeue_seconds": 1,
    "readiness_seconds": 1,
}
AWS = {
    "region": "eu-central-1",
    "cluster_name": "factory",
    "vpc_id": "vpc-1",
    "interruption_queue": "interruptions",
}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WEBHOOK = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/jobset-mutating-webhook-configuration"


@pytest.fixture(scope="module")
def charts() -> Path:
    """Kept for later runs: what is there and as pinned is not brought again."""
    folder = user_cache() / "charts"
    fetch(OF_MODULES, folder, Progress(Console(quiet=True)))
    return folder


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    made = Stack(folder=tmp_path)
    made.program(PROGRAM)
    made.init()
    return made


def declare(stack: Stack, cluster: ControlPlane, charts: Path, context: Mapping[str, object], *names: str) -> None:
    given = {"names": names, "folder": str(charts), "context": context, "kubeconfig": str(cluster.kubeconfig)}
    (stack.folder / "given.json").write_text(json.dumps(given))


def destroy(stack: Stack) -> None:
    stack.succeeds("destroy", "--yes", "--skip-preview", "--stack", "dev")


def state(stack: Stack) -> list[Values]:
    """What the engine holds of each resource."""
    exported = mapping(cast("object", json.loads(stack.succeeds("stack", "export", "--stack", "dev"))))
    return [mapping(one) for one in sequence(mapping(exported["deployment"])["resources"])]


def images(value: object) -> Iterator[str]:
    """Images of containers, and those that a controller is told to start."""
    if isinstance(value, Mapping):
        content = cast("Values", value)
        if isinstance(content.get("image"), str) and "name" in content:
            yield text(content["image"])
            arguments = [text(argument) for argument in sequence(content.get("args"))]
            yield from (one.partition("=")[2] for one in arguments if one.startswith("--acme-http01-solver-image="))
            if "--executor-image" in arguments:
                yield arguments[arguments.index("--executor-image") + 1]
        for item in content.values():
            yield from images(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from images(item)


def test_jobset_and_argo_as_the_lab_has_them(cluster: ControlPlane, charts: Path, stack: Stack) -> None:
    """A3: both kinds are there, and the controllers as one machine runs them."""
    declare(stack, cluster, charts, LAB, "jobset", "argo-workflows")
    stack.up()
    for name in ("jobsets.jobset.x-k8s.io", "workflows.argoproj.io", "cronworkflows.argoproj.io"):
        assert mapping(cluster.get(f"{DEFINITIONS}/{name}")["status"])["acceptedNames"]
    jobset = _container(cluster, "jobset-system", "jobset-controller")
    assert jobset["image"] == "localhost/aifactory/jobset-manager:1"
    assert jobset["imagePullPolicy"] == "Never"
    assert mapping(mapping(jobset["resources"])["requests"]) == {"cpu": "50m", "memory": "128Mi"}
    probe = mapping(jobset["readinessProbe"])
    assert (probe["initialDelaySeconds"], probe["periodSeconds"]) == (1, 1)
    argo = _container(cluster, "argo", "workflow-controller")
    assert argo["image"] == "localhost/aifactory/workflow-controller:1"
    assert {"name": "DEFAULT_REQUEUE_TIME", "value": "1s"} in sequence(argo["env"])
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "it"},
        "spec": {"entrypoint": "main"},
    }
    cluster.create("/apis/argoproj.io/v1alpha1/namespaces/default/workflows", workflow)
    cluster.delete("/apis/argoproj.io/v1alpha1/namespaces/default/workflows/it")

    assert set(stack.up()) == {"same"}
    # The controller writes the certificate of its own webhook: it stays, and is no change.
    hooks = [mapping(hook) for hook in sequence(cluster.get(WEBHOOK)["webhooks"])]
    certified = [{**hook, "clientConfig": {**mapping(hook["clientConfig"]), "caBundle": "Y2E="}} for hook in hooks]
    cluster.patch(WEBHOOK, {"webhooks": certified})
    drifted = stack.run("refresh", "--yes", "--skip-preview", "--stack", "dev")
    assert drifted.returncode == 0, drifted.stdout
    assert set(stack.up()) == {"same"}
    kept = [mapping(mapping(hook)["clientConfig"]) for hook in sequence(cluster.get(WEBHOOK)["webhooks"])]
    assert {text(client["caBundle"]) for client in kept} == {"Y2E="}

    destroy(stack)
    for path in (
        f"{DEFINITIONS}/jobsets.jobset.x-k8s.io",
        f"{DEFINITIONS}/workflows.argoproj.io",
        WEBHOOK,
        "/api/v1/namespaces/argo",
        "/api/v1/namespaces/jobset-system",
    ):
        assert cluster.api.get(path) is None


def test_what_comes_by_go_modules_is_accepted_and_runs_the_images_of_the_catalogue(
    cluster: ControlPlane, charts: Path, stack: Stack
) -> None:
    declare(stack, cluster, charts, AWS, *OF_MODULES)
    stack.up()
    wanted = {published(image, {"region": "eu-central-1"}) for name in OF_MODULES for image in CATALOGUE[name].images}
    found = {image for resource in state(stack) for image in images(resource.get("inputs"))}
    # A chart that joins name and tag takes the digest alone.
    assert found == {_without_a_tag(image) for image in wanted}
    assert "helm.sh/hook" not in json.dumps(state(stack))
    assert set(stack.up()) == {"same"}
    destroy(stack)


def test_argo_is_what_its_publisher_makes_of_the_same_manifests(charts: Path, tmp_path: Path) -> None:
    argo = CATALOGUE["argo-workflows"]
    shutil.copytree(charts / argo.folder / MANIFESTS, tmp_path / MANIFESTS)
    resources = [f"{MANIFESTS}/{folder}" for folder in FOLDERS]
    (tmp_path / "kustomization.yaml").write_text(json.dumps({"namespace": argo.namespace, "resources": resources}))
    made = run([Toolchain().path("kubectl"), "kustomize", tmp_path])
    wanted = {_identity(one): one for one in map(mapping, cast("list[object]", list(yaml.safe_load_all(made))))}
    found = {_identity(one): one for one in argo.objects(charts, {})}
    assert found.keys() == wanted.keys()
    # The controller is told its image, what it may use, and the image that it adds to each pod.
    assert {key for key in wanted if found[key] != wanted[key]} == {("Deployment", "workflow-controller")}


def _identity(one: Values) -> tuple[str, str]:
    return text(one["kind"]), text(mapping(one["metadata"])["name"])


def _without_a_tag(image: str) -> str:
    name, at, digest = image.partition("@")
    return f"{name.rpartition(':')[0]}@{digest}" if at else image


def _container(cluster: ControlPlane, namespace: str, name: str) -> Values:
    deployment = cluster.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
    pod = mapping(mapping(mapping(deployment["spec"])["template"])["spec"])
    return mapping(sequence(pod["containers"])[0])
