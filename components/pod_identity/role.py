"""A role that EKS Pod Identity takes for pods; add-ons have one too."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.partition import managed_policy
from components.pod_identity.args import PermissionsArgs
from components.pod_identity.spec import pod_trust


@dataclass(frozen=True, kw_only=True, slots=True)
class PodRole:
    """A role of pods, and what gives it its permissions."""

    arn: pulumi.Output[str]
    permissions: list[pulumi.Resource]
    """Who lets pods take the role waits for these: a pod that starts before would be refused."""


def pod_role(
    name: str,
    permissions: PermissionsArgs,
    *,
    cluster_name: pulumi.Input[str],
    region: str,
    namespace: str,
    service_account: str,
    session_tags: bool,
    parent: pulumi.Resource,
    role_name: str | None = None,
) -> PodRole:
    """Declares the role `<name>-role` and its policies as children of `parent`."""
    child = pulumi.ResourceOptions(parent=parent)
    role = iam.Role(
        f"{name}-role",
        name=role_name,
        assume_role_policy=pulumi.Output.from_input(cluster_name).apply(
            lambda cluster: pod_trust(cluster, namespace, service_account, session_tags)
        ),
        opts=child,
    )
    attached: list[pulumi.Resource] = [
        iam.RolePolicyAttachment(
            f"{name}-{policy.rsplit('/', 1)[-1]}",
            role=role.name,
            policy_arn=managed_policy(policy, region),
            opts=child,
        )
        for policy in permissions.get("managed_policies", ())
    ]
    written = [
        iam.RolePolicy(f"{name}-{policy}", name=policy, role=role.name, policy=document, opts=child)
        for policy, document in permissions.get("inline_policies", {}).items()
    ]
    return PodRole(arn=role.arn, permissions=[*attached, *written])
