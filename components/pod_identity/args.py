"""What a pod's identity is made from."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class PermissionsArgs(TypedDict):
    """What a role of pods may do."""

    managed_policies: NotRequired[Sequence[str]]
    """Names of policies that AWS keeps, with their path, e.g. `service-role/AmazonEBSCSIDriverPolicy`. Plain: each is
    an attachment of its own.
    """
    inline_policies: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Name -> an IAM policy as JSON, e.g. for one bucket. The names are plain: each is a resource of its own."""


class PodIdentityArgs(PermissionsArgs):
    """What a pod's identity is made from. At least one policy or a target role is given."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster; its nodes run the add-on `eks-pod-identity-agent`."""
    region: str
    """Where the cluster is: the role's policies are those of the region's partition."""
    namespace: str
    """The namespace of the service account. Plain: the role trusts this namespace by its name."""
    service_account: str
    """The service account that the pods run as. It need not exist yet."""
    role_name: NotRequired[str]
    """Name of the role, by which another account admits it before it is there; a name of its own where absent."""
    target_role_arn: NotRequired[pulumi.Input[str]]
    """A role, of another account as a rule (vault, off site), whose credentials the pods get instead. Its trust policy
    is `spec.target_trust`, which that account makes from names alone.
    """
    session_policy: NotRequired[pulumi.Input[str]]
    """An IAM policy as JSON that narrows what the role may do, for this association alone. EKS then sets no session
    tags: the trust policy of a target role has to ask for the association's `external_id` in their place.
    """
    after: NotRequired[Sequence[pulumi.Resource]]
    """What has to be there first. A component's own `depends_on` does not reach its children."""
