"""EKS's own add-ons of a cluster, with a role each."""

import json

import pulumi
from pulumi_aws import eks

from components.eks_addons.args import EksAddonsArgs
from components.eks_addons.spec import Addon, EksAddonsSpec
from components.eks_addons.table import FSX_DRIVER, NAMESPACE, S3_DRIVER, bucket_key_policy, bucket_policy, fsx_policy
from components.pod_identity.args import PermissionsArgs
from components.pod_identity.role import pod_role


class EksAddons(pulumi.ComponentResource):
    """Add-ons that a cluster gets at one time: before its nodes, or on its system pool.

    An add-on that asks AWS has a role of its own by Pod Identity, so the role of the nodes needs none of its
    permissions. Raises SpecError with every violation.
    """

    ready: list[pulumi.Resource]
    """What waits for these add-ons: nodes for those before them, charts and pods for those on them."""

    def __init__(self, name: str, args: EksAddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = EksAddonsSpec.parse(args)
        super().__init__(
            "aifactory:eks_addons:EksAddons",
            name,
            {
                "clusterVersion": args["cluster_version"],
                "addons": {addon.name: addon.version or "" for addon in spec.addons},
            },
            opts,
        )
        self.ready = [self._addon(f"{name}-{addon.name}", addon, args) for addon in spec.addons]
        self.register_outputs({})

    def _addon(self, name: str, addon: Addon, args: EksAddonsArgs) -> eks.Addon:
        account = addon.facts.service_account
        role = (
            pod_role(
                name,
                _permissions(addon, args),
                cluster_name=args["cluster_name"],
                region=args["region"],
                namespace=NAMESPACE,
                service_account=account,
                session_tags=True,
                parent=self,
            )
            if account
            else None
        )
        return eks.Addon(
            name,
            cluster_name=args["cluster_name"],
            addon_name=addon.name,
            addon_version=addon.version,
            configuration_values=addon.configuration,
            pod_identity_associations=[eks.AddonPodIdentityAssociationArgs(role_arn=role.arn, service_account=account)]
            if role
            else None,
            # The cluster came without add-ons of its own: what is in the way is left of an installation that failed.
            resolve_conflicts_on_create="OVERWRITE",
            # What an operator set by hand during an incident is not undone by the next version; what is declared here
            # is configurationValues, which EKS sets in any case.
            resolve_conflicts_on_update="PRESERVE",
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*(role.permissions if role else []), *args.get("after", ())]
            ),
        )


def _permissions(addon: Addon, args: EksAddonsArgs) -> PermissionsArgs:
    if addon.name == FSX_DRIVER:
        return {"inline_policies": {"file-systems": json.dumps(fsx_policy())}}
    if addon.name == S3_DRIVER:
        return {
            "inline_policies": {
                f"bucket-{bucket}": pulumi.Output.from_input(arn).apply(lambda arn: json.dumps(bucket_policy(arn)))
                for bucket, arn in args.get("bucket_arns", {}).items()
            }
            | {
                f"key-{bucket}": pulumi.Output.from_input(arn).apply(lambda arn: json.dumps(bucket_key_policy(arn)))
                for bucket, arn in args.get("bucket_key_arns", {}).items()
            }
        }
    return {"managed_policies": [addon.facts.managed_policy]}
