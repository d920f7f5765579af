"""Argo Workflows, whose publisher ships manifests and no chart: its controller, for all namespaces."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import yaml

from components.charts.args import ChartContext
from components.charts.images import Image, reference
from components.charts.values import READY, Values, resources

# What `manifests/cluster-install-no-crds` installs, less the server: runs are looked at with kubectl.
FOLDERS = ("base/workflow-controller", "cluster-install-no-crds/workflow-controller-rbac")
CLUSTER_WIDE = frozenset(("ClusterRole", "ClusterRoleBinding", "PriorityClass"))


def objects(folder: Path, namespace: str, context: ChartContext, images: Mapping[str, Image]) -> list[Values]:
    """The objects of the controller, in the order of their files; `folder` is the publisher's `manifests`."""
    found = [one for part in FOLDERS for one in _documents(folder / part)]
    for one in found:
        if one["kind"] not in CLUSTER_WIDE:
            _mapping(one["metadata"])["namespace"] = namespace
        for subject in _items(one.get("subjects")):
            subject["namespace"] = namespace
        if one["kind"] == "Deployment":
            _configure(one, context, images)
    return found


def _configure(deployment: Values, context: ChartContext, images: Mapping[str, Image]) -> None:
    pod = _mapping(_mapping(_mapping(deployment["spec"])["template"])["spec"])
    container = _items(pod["containers"])[0]
    policy = context.get("pull_policy", READY)
    executor = reference(images["argo-executor"], context)
    container["image"] = reference(images["argo-controller"], context)
    container["imagePullPolicy"] = policy
    container["resources"] = resources(context)
    # Each pod of a Workflow has the executor beside what the Workflow says.
    container["args"] = ["--executor-image", executor, "--executor-image-pull-policy", policy]
    if "requeue_seconds" in context:
        _items(container["env"]).append(
            {"name": "DEFAULT_REQUEUE_TIME", "value": f"{context['requeue_seconds']}s"},
        )
    if "run_as_user" in context:
        _mapping(pod["securityContext"])["runAsUser"] = context["run_as_user"]


def _documents(folder: Path) -> Iterator[Values]:
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if isinstance(document, dict) and cast("Values", document).get("kind") != "Kustomization":
                yield cast("Values", document)


def _mapping(value: object) -> Values:
    return cast("Values", value)


def _items(value: object) -> list[Values]:
    return cast("list[Values]", value) if value else []
