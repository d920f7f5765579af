"""Roles of people and of CI."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
from pulumi_aws import eks, iam
from pulumi_kubernetes import admissionregistration, meta

from components.access_control.admission import Policy, policies
from components.access_control.args import AccessControlArgs, AwsAccessArgs, PermissionsBoundaryArgs
from components.access_control.boundary import PATH, boundary_document, boundary_name
from components.access_control.rbac import Rule
from components.access_control.spec import AccessControlSpec, AccessRole, IamRole
from components.partition import partition_of

ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"


class PermissionsBoundary(pulumi.ComponentResource):
    """The policy that no role of the factory goes beyond: no protection is removed, no role made without it, and no
    region used that is not named. It gives nothing by itself.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PermissionsBoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        environment, regions = args["environment"], list(args["regions"])
        super().__init__(
            "aifactory:access_control:PermissionsBoundary",
            name,
            {"environment": environment, "regions": regions},
            opts,
        )
        policy = iam.Policy(
            f"{name}-policy",
            name=boundary_name(environment),
            path=PATH,
            description="What no role of the factory goes beyond",
            policy=boundary_document(environment, regions, args["deployed_roles"]),
            # A role whose boundary is gone may do all that its policies say.
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})


@dataclass(frozen=True, slots=True)
class _Children:
    """What the parts of the component have in common."""

    name: str
    options: pulumi.ResourceOptions


class AccessControl(pulumi.ComponentResource):
    """Roles of IAM with EKS access entries, and Roles and bindings in Kubernetes, from one declaration of who holds
    which role; and what keeps an ML engineer's pods from others' Secrets and accounts.

    Raises SpecError with every violation.
    """

    role_arns: dict[str, pulumi.Output[str]]
    """Role -> ARN; empty on premises."""

    def __init__(self, name: str, args: AccessControlArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = AccessControlSpec.parse(args)
        super().__init__(
            "aifactory:access_control:AccessControl",
            name,
            {"roles": {role.name: list(role.groups) for role in spec.roles}, "namespace": args["namespace"]},
            opts,
        )
        self.role_arns = {}
        made = _Children(name, pulumi.ResourceOptions(parent=self))
        aws = args.get("aws")
        for role in spec.roles:
            if role.iam is not None and aws is not None:
                self.role_arns[role.name] = _iam(
                    made,
                    role,
                    role.iam,
                    aws,
                    pulumi.ResourceOptions(parent=self, depends_on=list(args.get("after", ()))),
                )
            if role.groups:
                _rbac(made, role, args["namespace"])
        for policy in policies(spec.run):
            _admission(made, policy, args["namespace"])
        self.register_outputs({"role_arns": self.role_arns})


def _iam(
    made: _Children, role: AccessRole, iam_role: IamRole, aws: AwsAccessArgs, entering: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """The role, and its way into the cluster once there is one."""
    one = iam.Role(
        f"{made.name}-{role.name}",
        name=iam_role.name,
        path=PATH,
        description=f"{role.name} of the factory {aws['environment']}",
        assume_role_policy=iam_role.trust,
        max_session_duration=3600,
        permissions_boundary=aws["boundary"],
        opts=made.options,
    )
    iam.RolePolicy(
        f"{made.name}-{role.name}", name=role.name, role=one.name, policy=iam_role.permissions, opts=made.options
    )
    if not role.groups and not role.eks_admin:
        return one.arn
    entry = eks.AccessEntry(
        f"{made.name}-{role.name}",
        cluster_name=aws["cluster_name"],
        principal_arn=one.arn,
        kubernetes_groups=list(role.groups[:1]) or None,
        opts=entering,
    )
    if role.eks_admin:
        eks.AccessPolicyAssociation(
            f"{made.name}-{role.name}",
            cluster_name=aws["cluster_name"],
            principal_arn=entry.principal_arn,
            policy_arn=f"arn:{partition_of(aws['region'])}:eks::aws:cluster-access-policy/{ADMIN_POLICY}",
            access_scope=eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=entering,
        )
    return one.arn


def _rbac(made: _Children, role: AccessRole, namespace: str) -> None:
    name = f"aifactory-{role.name}"
    subjects = [
        k8s.rbac.v1.SubjectArgs(kind="Group", name=group, api_group="rbac.authorization.k8s.io")
        for group in role.groups
    ]
    if role.rights.cluster:
        k8s.rbac.v1.ClusterRole(
            f"{made.name}-{role.name}",
            metadata=meta.v1.ObjectMetaArgs(name=name),
            rules=[_rule(rule) for rule in role.rights.cluster],
            opts=made.options,
        )
        k8s.rbac.v1.ClusterRoleBinding(
            f"{made.name}-{role.name}",
            metadata=meta.v1.ObjectMetaArgs(name=name),
            role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=name),
            subjects=subjects,
            opts=made.options,
        )
    if role.rights.namespace:
        k8s.rbac.v1.Role(
            f"{made.name}-{role.name}",
            metadata=meta.v1.ObjectMetaArgs(name=name, namespace=namespace),
            rules=[_rule(rule) for rule in role.rights.namespace],
            opts=made.options,
        )
        k8s.rbac.v1.RoleBinding(
            f"{made.name}-{role.name}",
            metadata=meta.v1.ObjectMetaArgs(name=name, namespace=namespace),
            role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=name),
            subjects=subjects,
            opts=made.options,
        )


def _rule(rule: Rule) -> k8s.rbac.v1.PolicyRuleArgs:
    return k8s.rbac.v1.PolicyRuleArgs(
        api_groups=[rule.group],
        resources=list(rule.resources),
        verbs=list(rule.verbs),
        resource_names=list(rule.names) or None,
    )


def _admission(made: _Children, policy: Policy, namespace: str) -> None:
    judged = admissionregistration.v1.ValidatingAdmissionPolicy(
        f"{made.name}-{policy.name}",
        metadata=meta.v1.ObjectMetaArgs(name=policy.name),
        spec=admissionregistration.v1.ValidatingAdmissionPolicySpecArgs(
            failure_policy="Fail",
            match_constraints=admissionregistration.v1.MatchResourcesArgs(
                resource_rules=[
                    admissionregistration.v1.NamedRuleWithOperationsArgs(
                        api_groups=[group],
                        api_versions=[version],
                        resources=[resource],
                        operations=["CREATE", "UPDATE"],
                    )
                    for group, version, resource in policy.kinds
                ]
            ),
            match_conditions=[admissionregistration.v1.MatchConditionArgs(name="made-by", expression=policy.condition)],
            variables=[
                admissionregistration.v1.VariableArgs(name=key, expression=value) for key, value in policy.variables
            ],
            validations=[
                admissionregistration.v1.ValidationArgs(expression=one.expression, message=one.message)
                for one in policy.validations
            ],
        ),
        opts=made.options,
    )
    admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        f"{made.name}-{policy.name}",
        metadata=meta.v1.ObjectMetaArgs(name=policy.name),
        spec=admissionregistration.v1.ValidatingAdmissionPolicyBindingSpecArgs(
            policy_name=policy.name,
            validation_actions=["Deny"],
            match_resources=admissionregistration.v1.MatchResourcesArgs(
                namespace_selector=meta.v1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": namespace})
            ),
        ),
        opts=pulumi.ResourceOptions.merge(made.options, pulumi.ResourceOptions(depends_on=[judged])),
    )
