"""A program that answers in the cluster: its account, its one pod, and its Service."""

from collections.abc import Mapping, Sequence
from typing import cast

import pulumi
from pulumi_kubernetes import apps, core, meta

from workloads.render import GPU_NODES, pod
from workloads.spec import Program


def pull_secrets(name: str) -> list[core.v1.LocalObjectReferenceArgs] | None:
    """What pods of an account pull images by; None where nodes pull by themselves."""
    return [core.v1.LocalObjectReferenceArgs(name=name)] if name else None


def server(
    parent: pulumi.Resource,
    prefix: str,
    name: str,
    namespace: str,
    programs: Sequence[Program],
    *,
    node_port: int | None = None,
    before: Sequence[Program] = (),
    gpu_nodes: Mapping[str, str] = GPU_NODES,
    pull_secret: str = "",
    annotations: Mapping[str, str] | None = None,
    after: Sequence[pulumi.Resource] = (),
) -> core.v1.Service:
    """Declares it under `parent`; the Service stands when the pod is ready. The program with a port comes last.

    `node_port`: the port that every node opens for it; None for what only the cluster, and who may ask its API, reaches.
    `annotations` are the pod's, which is made anew where one changes, after the resources of `after`.
    """
    labels, (port,) = {"app": name}, programs[-1].ports.items()
    metadata = meta.v1.ObjectMetaArgs(name=name, namespace=namespace)
    account = core.v1.ServiceAccount(
        f"{prefix}-account",
        metadata=metadata,
        image_pull_secrets=pull_secrets(pull_secret),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    deployment = apps.v1.Deployment(
        f"{prefix}-server",
        metadata=metadata,
        spec=cast(
            "apps.v1.DeploymentSpecArgsDict",
            {
                "replicas": 1,
                # Each holds a folder of the shared filesystem that has one writer.
                "strategy": {"type": "Recreate"},
                "progressDeadlineSeconds": 600,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels, **({"annotations": dict(annotations)} if annotations else {})},
                    "spec": pod(programs, before=before, account=name, gpu_nodes=gpu_nodes),
                },
            },
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[account, *after]),
    )
    return core.v1.Service(
        f"{prefix}-service",
        metadata=metadata,
        spec=core.v1.ServiceSpecArgs(
            type="ClusterIP" if node_port is None else "NodePort",
            selector=labels,
            ports=[core.v1.ServicePortArgs(name=port[0], port=port[1], target_port=port[0], node_port=node_port)],
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[deployment]),
    )
