"""What the add-ons of a cluster are made from."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class EksAddonsArgs(TypedDict):
    """What the add-ons of a cluster are made from. A cluster has two of these: one before its nodes and one on them."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster."""
    cluster_version: str
    """Kubernetes' minor version, one of `components.cluster.versions.VERSIONS`: add-ons are pinned by it."""
    region: str
    """Where the cluster is. Pods cannot ask a node's metadata for it, as its hop limit is 1."""
    names: Sequence[str]
    """The add-ons, of `table.ADDONS`: `table.BEFORE_NODES` or `table.ON_NODES`, or some of either, never of both."""
    addon_versions: NotRequired[Mapping[str, str]]
    """Add-on -> its version, e.g. `v1.22.4-eksbuild.3`, in place of the one that is known for the cluster's version."""
    configuration: NotRequired[Mapping[str, Mapping[str, object]]]
    """Add-on -> further configurationValues, by EKS's schema of that add-on (`aws eks describe-addon-configuration`).
    """
    bucket_arns: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Name -> ARN of the buckets that `aws-mountpoint-s3-csi-driver` mounts. Needed with that add-on, and with no
    other.
    """
    bucket_key_arns: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Name of a bucket among `bucket_arns` -> ARN of the key of its objects, where that is not AWS's own."""
    after: NotRequired[Sequence[pulumi.Resource]]
    """What has to be there first: the cluster's `ready`, or the system pool's. A component's own `depends_on` does not
    reach its children.
    """
