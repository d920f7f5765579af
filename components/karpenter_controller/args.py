"""What Karpenter's controller needs of AWS."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi


class KarpenterControllerArgs(TypedDict):
    """What Karpenter's controller needs of AWS."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster that its nodes join; its own nodes run the add-on `eks-pod-identity-agent`."""
    region: str
    """Where the cluster is: the controller acts in no other region."""
    after: NotRequired[Sequence[pulumi.Resource]]
    """What has to be there first. A component's own `depends_on` does not reach its children."""
