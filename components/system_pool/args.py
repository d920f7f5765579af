"""What the system pool is made from."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class SystemPoolArgs(TypedDict):
    """What the system pool is made from."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster that the nodes join."""
    cluster_version: str
    """Kubernetes' minor version, one of `components.cluster.versions.VERSIONS`: nodes have the cluster's own."""
    region: str
    """Where the pool is: its role's policies and principals are those of the region's partition."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets in two zones or more, one a zone: with one zone alone DNS and controllers would be lost together."""
    security_group_id: pulumi.Input[str]
    """The group of the nodes; the control plane is in it too."""
    instance_types: NotRequired[Sequence[str]]
    """EC2 instance types of one architecture without GPUs, the preferred first; `r7i.8xlarge` where absent. Graviton's
    types (e.g. `r8g.8xlarge`) get an image for Arm: all container images have to be built for it.
    """
    nodes: NotRequired[int]
    """Count of nodes, at least one a subnet; one a subnet where absent. Plain, not an Input: policies and the fit of
    jobs are judged by it.
    """
    disk_gib: NotRequired[int]
    """Size of a node's root volume in GiB, for images, logs and scratch; 200 where absent."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """Key of the root volumes; the account's own key of EBS where absent. The key's policy has to admit the
    service-linked role of Auto Scaling.
    """
    ami_release: NotRequired[str]
    """EKS's release of Amazon Linux 2023, e.g. `1.34.9-20260714`; the one of the table of versions where absent."""
    labels: NotRequired[Mapping[str, str]]
    """Further labels of the nodes."""
    after: NotRequired[Sequence[pulumi.Resource]]
    """What has to be there first: the add-ons before nodes. A component's own `depends_on` does not reach its children.
    """
