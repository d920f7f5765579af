"""AWS credentials for the pods of a service account."""

import pulumi
from pulumi_aws import eks

from components.pod_identity.args import PermissionsArgs, PodIdentityArgs
from components.pod_identity.role import pod_role
from components.pod_identity.spec import TARGET_POLICY, PodIdentitySpec, target_permission


class PodIdentity(pulumi.ComponentResource):
    """A role, and the association by which the pods of one service account have its credentials, which EKS renews.

    No key is in a Secret, and no pod reaches the credentials of its node. Raises SpecError with every violation.
    """

    role_arn: pulumi.Output[str]
    external_id: pulumi.Output[str]
    """What EKS says to a target role beside the tags; a trust policy may ask for it once it is known."""
    ready: list[pulumi.Resource]
    """Pods that need the credentials wait for these: EKS gives them to pods that start afterwards."""

    def __init__(self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = PodIdentitySpec.parse(args)
        super().__init__(
            "aifactory:pod_identity:PodIdentity",
            name,
            {
                "namespace": spec.namespace,
                "serviceAccount": spec.service_account,
                "managedPolicies": list(spec.permissions.managed),
                "inlinePolicies": list(spec.permissions.inline),
            },
            opts,
        )
        target = args.get("target_role_arn")
        inline = {**args.get("inline_policies", {})}
        if target is not None:
            inline[TARGET_POLICY] = pulumi.Output.from_input(target).apply(target_permission)
        permissions: PermissionsArgs = {
            "managed_policies": spec.permissions.managed,
            "inline_policies": inline,
        }
        role = pod_role(
            name,
            permissions,
            cluster_name=args["cluster_name"],
            region=args["region"],
            namespace=spec.namespace,
            service_account=spec.service_account,
            session_tags=spec.session_tags,
            parent=self,
            role_name=args.get("role_name"),
        )
        association = eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args["cluster_name"],
            namespace=spec.namespace,
            service_account=spec.service_account,
            role_arn=role.arn,
            target_role_arn=target,
            policy=args.get("session_policy"),
            # EKS API, CreatePodIdentityAssociation: a session policy needs the tags to be off.
            disable_session_tags=None if spec.session_tags else True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*role.permissions, *args.get("after", ())]),
        )
        self.role_arn = role.arn
        self.external_id = association.external_id
        self.ready = [association]
        self.register_outputs({"role_arn": self.role_arn, "external_id": self.external_id})
