"""The EKS cluster of a factory and the way to its Kubernetes API."""

import json

import pulumi
import pulumi_kubernetes as k8s
from pulumi_aws import eks, iam, kms

from components.cluster.args import ClusterArgs
from components.cluster.spec import ClusterSpec, eks_kubeconfig
from components.partition import managed_policy, service_principal

MANAGED_POLICY = "AmazonEKSClusterPolicy"


class Cluster(pulumi.ComponentResource):
    """An EKS cluster whose secrets are encrypted by a key of its own, and a provider for its Kubernetes API.

    Given a `kubeconfig`, the provider goes to that Kubernetes; the EKS cluster is declared all the same.
    Raises SpecError for a kubeconfig that is not there.
    """

    name: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    """Path of the kubeconfig given, or EKS's as a document; neither holds a credential."""
    provider: k8s.Provider

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = ClusterSpec.parse(args)
        region, profile = args["region"], args.get("profile", "")
        super().__init__("aifactory:cluster:Cluster", name, {**args}, opts)
        role = iam.Role(
            f"{name}-role",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": service_principal("eks", region)},
                            "Action": ["sts:AssumeRole", "sts:TagSession"],
                        }
                    ],
                }
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        attachment = iam.RolePolicyAttachment(
            f"{name}-role",
            role=role.name,
            policy_arn=managed_policy(MANAGED_POLICY, region),
            opts=pulumi.ResourceOptions(parent=self),
        )
        key = kms.Key(
            f"{name}-key",
            description="Secrets of the factory's Kubernetes",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            opts=pulumi.ResourceOptions(parent=self),
        )
        cluster = eks.Cluster(
            f"{name}-eks",
            role_arn=role.arn,
            version=spec.version,
            vpc_config=eks.ClusterVpcConfigArgs(
                subnet_ids=args["subnet_ids"],
                security_group_ids=[args["security_group_id"]],
                endpoint_private_access=True,
            ),
            encryption_config=eks.ClusterEncryptionConfigArgs(
                provider=eks.ClusterEncryptionConfigProviderArgs(key_arn=key.arn), resources=["secrets"]
            ),
            # Without its policy the control plane cannot remove its own interfaces when it is destroyed.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment]),
        )
        self.name = cluster.name
        self.kubeconfig = (
            pulumi.Output.from_input(spec.kubeconfig)
            if spec.kubeconfig
            else pulumi.Output.all(
                name=cluster.name, endpoint=cluster.endpoint, authority=cluster.certificate_authority
            ).apply(
                lambda facts: eks_kubeconfig(
                    facts["name"], facts["endpoint"], facts["authority"]["data"] or "", region, profile
                )
            )
        )
        self.provider = k8s.Provider(
            f"{name}-api", kubeconfig=self.kubeconfig, opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({"name": self.name, "kubeconfig": self.kubeconfig})
