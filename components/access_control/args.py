"""What access control is made from."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class OidcArgs(TypedDict):
    """The jobs of CI that may take a role."""

    provider_arn: str
    """ARN of the account's OIDC provider, as `aifactory bootstrap` makes it."""
    subjects: list[str]
    """The `sub` of each token in full, e.g. `repo:example/factory:environment:production`. A wildcard is refused, and
    so is a subject of pull requests: it is the same for every job of every pull request of a repository.
    """
    audience: NotRequired[str]
    """The `aud` of the tokens; AWS's own of the region where absent."""


class HolderArgs(TypedDict, total=False):
    """Who holds a role. At least one of the three is given."""

    principals: list[str]
    """ARNs of IAM roles, those of IAM Identity Center among them, and of IAM users, who then have to bring MFA. A role
    cannot bring it: its session has no MFA, so MFA is its identity provider's to ask for.
    """
    oidc: OidcArgs
    """Jobs of CI; for the roles of CI alone."""
    groups: list[str]
    """Groups of a Kubernetes that knows people by itself, e.g. by its own OIDC; for the roles of people."""


class StateArgs(TypedDict):
    """Where Pulumi's state is kept."""

    bucket: str
    """The bucket of Pulumi's backend."""
    key_arn: str
    """The key of the stacks' secrets."""


class AwsAccessArgs(TypedDict):
    """What is AWS's."""

    region: str
    """Where the platform is."""
    cluster_name: str
    """The EKS cluster. Plain: policies name it, and a preview shows them."""
    environment: str
    """Name of the environment: roles are called after it."""
    objects_bucket: str
    """Bucket of the object store."""
    vault_buckets: NotRequired[Mapping[str, str]]
    """Bucket of the vault, or of its copy off site -> its region."""
    state: NotRequired[StateArgs]
    """Needed by the roles of CI and by the auditor."""
    deployed_roles: Sequence[str]
    """Names of the roles that a deployment makes, as patterns, e.g. `cluster-role-*`."""
    boundary: pulumi.Input[str]
    """ARN of the permissions boundary of every role: an organisation's own as text, or that of `PermissionsBoundary`."""


class ServiceArgs(TypedDict):
    """A Service that is reached through the API server's proxy."""

    name: str
    """Its name in the namespace of the workloads."""
    port: int
    """Its port, by number."""


class AccessControlArgs(TypedDict):
    """What access control is made from."""

    roles: Mapping[str, HolderArgs]
    """Role (`security`, `platform`, `ml-engineer`, `ml-viewer`, `auditor`, `ci-preview`, `ci-deploy`) -> who holds it.
    A role that is not named is not made.
    """
    namespace: str
    """Where the workloads run."""
    tracking: ServiceArgs
    """MLflow."""
    gateway: ServiceArgs
    """The door to the served model; it asks for a key of its own beside."""
    run_accounts: Sequence[str]
    """Service accounts that pods of an ML engineer's Jobs and JobSets may have."""
    workflow_accounts: Sequence[str]
    """Service accounts that an ML engineer's Workflows may have."""
    run_secrets: Sequence[str]
    """Secrets that pods of an ML engineer may mount."""
    aws: NotRequired[AwsAccessArgs]
    """Absent on premises: then roles are given to groups alone."""
    after: NotRequired[Sequence[pulumi.Resource]]
    """What has to be there first, e.g. the cluster."""


class PermissionsBoundaryArgs(TypedDict):
    """What a permissions boundary is made from."""

    environment: str
    """Name of the environment: the policy is called after it."""
    regions: Sequence[str]
    """The regions that anybody may work in: that of the platform, and those of the vault and of its copy."""
    deployed_roles: Sequence[str]
    """Names of the roles that a deployment makes, as patterns; a role with the boundary manages and takes no other."""
