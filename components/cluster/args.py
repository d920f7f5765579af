"""What a cluster is made from."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class ExistingClusterArgs(TypedDict):
    """What a Kubernetes that exists already is reached by."""

    kubeconfig: str
    """Path of its kubeconfig on this machine."""


class AccessArgs(TypedDict):
    """What one IAM principal may do in Kubernetes."""

    policy: str
    """Name of an access policy of EKS below that of an administrator, e.g. `AmazonEKSViewPolicy`."""
    namespaces: NotRequired[Sequence[str]]
    """Where it may do so; in the whole cluster where absent. `*` stands for any letters, e.g. `team-*`."""


class ClusterArgs(TypedDict):
    """What a cluster is made from."""

    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets of the control plane's interfaces, in two zones or more."""
    security_group_id: pulumi.Input[str]
    """The group of the nodes; the control plane joins it."""
    region: str
    """Where the cluster is: its kubeconfig asks AWS there for a token."""
    name: NotRequired[str]
    """The cluster's name in AWS; `<stack>-<name of the component>` where absent. It cannot change: EKS makes another
    cluster. Plain: its group of logs, which has to be there first, is named by it.
    """
    admins: NotRequired[Sequence[str]]
    """ARNs of the IAM roles and users who administer the cluster, the one that deploys among them; at least one, as the
    principal that makes the cluster is not one by itself. Not needed where `kubeconfig` takes the cluster's place.
    """
    access: NotRequired[Mapping[str, AccessArgs]]
    """ARN of an IAM role or user -> what it may do."""
    public_cidrs: NotRequired[Sequence[str]]
    """Blocks of public IPv4 addresses that reach the API from outside the VPC, e.g. `203.0.113.8/32`. None where
    absent: then this program runs where the VPC is reachable.
    """
    vpc_cidrs: NotRequired[Sequence[str]]
    """Blocks of the VPC, with which the addresses of services must not overlap; not checked where absent."""
    service_ipv4_cidr: NotRequired[str]
    """Addresses of Kubernetes' services, a private block of /24 to /12; 10.100.0.0/16 or 172.20.0.0/16 where absent,
    as EKS chooses. It never changes: choose one that no connected network has.
    """
    log_retention_days: NotRequired[int]
    """Days for which the control plane's logs are kept, as CloudWatch has them; 365 where absent, as CIS and PCI DSS
    ask of audit logs.
    """
    deletion_protection: NotRequired[bool]
    """Whether EKS and this program refuse to delete the cluster and the key of its secrets; True where absent. Whoever
    takes the site down sets False and deploys once before.
    """
    profile: NotRequired[str]
    """AWS profile by which its kubeconfig asks for the token; the environment's credentials where absent or ""."""
    version: NotRequired[str]
    """Kubernetes' minor version, one of `versions.VERSIONS`; `versions.DEFAULT` where absent."""
    kubeconfig: NotRequired[str]
    """Path of the kubeconfig of a Kubernetes that exists already and is used in place of EKS's own; "" as absent."""
