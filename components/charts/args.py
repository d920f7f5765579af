"""What controllers are installed from."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class ChartContext(TypedDict):
    """Facts of a site that decide what its controllers are told."""

    region: NotRequired[str]
    """AWS region, e.g. `eu-central-1`; absent where there is no AWS. Plain: it decides where EKS's images are."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster, for what calls AWS in its name."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """The cluster's VPC. Nodes keep pods away from their metadata service, so a controller cannot look it up there."""
    interruption_queue: NotRequired[pulumi.Input[str]]
    """Name of the SQS queue on which EC2 announces that it takes a node away; Karpenter drains the node then."""
    static_nodes: NotRequired[bool]
    """Whether a pool of Karpenter's has nodes that are always there (`replicas`), which is a feature gate of its own."""
    gpu_taint: NotRequired[str]
    """Key of the taint of GPU nodes; that of `components.gpu_pool` where absent."""
    efa_label: NotRequired[str]
    """Key of the label, of value `true`, of nodes with EFA cards; `vpc.amazonaws.com/efa.present` where absent."""
    registry: NotRequired[str]
    """Registry with copies of every image, HOST[:PORT][/FOLDER], filled by `aifactory mirror`; else the publishers'."""
    closed: NotRequired[bool]
    """Whether the network has no way to the internet: nothing is asked of services without an endpoint in the VPC."""
    monitoring: NotRequired[bool]
    """Whether the cluster has the Prometheus operator, whose ServiceMonitors are then declared."""
    images: NotRequired[Mapping[str, str]]
    """Replaces images by their name in the catalogue, e.g. {"jobset": "registry.example.org/jobset@sha256:..."}."""
    pull_policy: NotRequired[str]
    """`Always`, `IfNotPresent` or `Never` (the image was put on the node); `IfNotPresent` where absent."""
    requests: NotRequired[Mapping[str, str]]
    """What each controller asks for, e.g. {"cpu": "50m", "memory": "128Mi"}; that of production where absent."""
    run_as_user: NotRequired[int]
    """User ID of JobSet's and Argo's controllers, for images whose user has no number; the image's own where absent."""
    requeue_seconds: NotRequired[int]
    """Seconds until Argo looks at a Workflow again; its own 10, made for thousands of them, where absent."""
    readiness_seconds: NotRequired[int]
    """Seconds before the first readiness probe and between further ones, of charts; the chart's own where absent."""


class ControllersArgs(TypedDict):
    """What controllers are installed from."""

    names: Sequence[str]
    """Controllers of the catalogue, e.g. ["jobset", "argo-workflows"]. Plain: they decide what exists."""
    folder: str
    """Folder into which `aifactory mirror --charts` brought the charts, each in NAME-VERSION."""
    context: ChartContext
    """Facts of the site."""
