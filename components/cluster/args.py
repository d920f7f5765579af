"""What a cluster is made from."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi


class ExistingClusterArgs(TypedDict):
    """What a Kubernetes that exists already is reached by."""

    kubeconfig: str
    """Path of its kubeconfig on this machine."""


class ClusterArgs(TypedDict):
    """What a cluster is made from."""

    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets of the control plane's interfaces, in two zones or more."""
    security_group_id: pulumi.Input[str]
    """The group of the nodes; the control plane joins it."""
    region: str
    """Where the cluster is: its kubeconfig asks AWS there for a token."""
    profile: NotRequired[str]
    """AWS profile by which its kubeconfig asks for the token; the environment's credentials where absent or ""."""
    version: NotRequired[str]
    """Kubernetes' minor version; the one that was tested where absent."""
    kubeconfig: NotRequired[str]
    """Path of the kubeconfig of a Kubernetes that exists already and is used in place of EKS's own; "" as absent."""
