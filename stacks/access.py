"""Roles of people and of CI, as a site configures who holds them."""

from collections.abc import Mapping, Sequence
from typing import cast

import pulumi

from components.accelerators import AwsAccess
from components.access_control.args import AccessControlArgs, AwsAccessArgs
from components.access_control.component import AccessControl, PermissionsBoundary
from components.cluster.spec import default_name
from components.gpu_pool.spec import POOL
from components.object_store.identity import RUNNER, STAGE
from stacks.configuration import of_stack
from stacks.names import NAMESPACE, PROJECT
from stacks.settings import PlatformSettings, StackName, VaultSettings
from workloads.inference import spec as inference
from workloads.spec import OBJECTS_SECRET
from workloads.tracking import spec as tracking

ROLE = "aws:iam/role:Role"


def deployed_roles(env: str) -> tuple[str, ...]:
    """Names of the roles that the layer platform makes: the names of its components, and what the engine adds."""
    components = (
        "cluster-role",
        "network-flows",
        "system-role",
        f"{POOL}-role",
        "addons-*-role",
        "registry-template",
        "karpenter-pods-role",
    )
    return (*(f"{one}-*" for one in components), f"{PROJECT}-{env}-*")


def declare_boundary(
    stack: StackName, settings: PlatformSettings, access: AwsAccess, opts: pulumi.ResourceOptions
) -> pulumi.Input[str]:
    """ARN of the boundary that every role of IAM has which this program declares from here on."""
    own = settings.access.get("permissions_boundary")
    boundary: pulumi.Input[str] = own or (
        PermissionsBoundary(
            "boundary",
            {
                "environment": stack.env,
                "regions": [access.region, *_vaults(stack).values()],
                "deployed_roles": deployed_roles(stack.env),
            },
            opts,
        ).arn
    )
    pulumi.runtime.register_stack_transformation(_Bounded(boundary))
    return boundary


def declare_access(
    stack: StackName,
    settings: PlatformSettings,
    boundary: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> None:
    """Declares the roles. Raises SpecError with every violation."""
    args: AccessControlArgs = {
        "roles": settings.access.get("roles", {}),
        "namespace": NAMESPACE,
        "tracking": {"name": tracking.NAME, "port": tracking.PORT},
        "gateway": {"name": inference.NAME, "port": inference.PORT},
        # Those of a stage that trains, whose pods reach the objects and nothing else.
        "run_accounts": (STAGE,),
        "workflow_accounts": (RUNNER,),
        "run_secrets": (OBJECTS_SECRET,),
        "after": after,
    }
    if settings.aws:
        args["aws"] = _on_aws(stack, settings, settings.aws, boundary)
    made = AccessControl("access", args, opts)
    if made.role_arns:
        pulumi.export("roles", made.role_arns)


def _on_aws(
    stack: StackName, settings: PlatformSettings, access: AwsAccess, boundary: pulumi.Input[str]
) -> AwsAccessArgs:
    found: AwsAccessArgs = {
        "region": access.region,
        "cluster_name": settings.cluster.get("name") or default_name(pulumi.get_stack(), "cluster"),
        "environment": stack.env,
        "objects_bucket": settings.objects.bucket,
        "vault_buckets": _vaults(stack),
        "deployed_roles": deployed_roles(stack.env),
        "boundary": boundary,
    }
    if "state" in settings.access:
        found["state"] = settings.access["state"]
    return found


def _vaults(stack: StackName) -> Mapping[str, str]:
    """Bucket of the vault and of its copy -> its region, where they are AWS's."""
    vault = VaultSettings.read(of_stack(stack.lower("vault")))
    buckets = {vault.vault.bucket: vault.vault_region, vault.offsite.bucket: vault.offsite_region}
    return {bucket: region for bucket, region in buckets.items() if region}


class _Bounded:
    """A transformation that gives every role of IAM the boundary: one without would be the way around it."""

    def __init__(self, boundary: pulumi.Input[str]) -> None:
        self._boundary = boundary

    def __call__(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != ROLE:
            return None
        props = cast("Mapping[str, object]", args.props)
        return pulumi.ResourceTransformationResult({**props, "permissions_boundary": self._boundary}, args.opts)
