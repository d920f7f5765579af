"""The EKS cluster of a factory and the way to its Kubernetes API."""

import json

import pulumi
import pulumi_kubernetes as k8s
from pulumi_aws import cloudwatch, eks, iam, kms

from components.cluster.args import ClusterArgs
from components.cluster.spec import LOG_TYPES, ClusterSpec, default_name, eks_kubeconfig
from components.partition import managed_policy, service_principal

MANAGED_POLICY = "AmazonEKSClusterPolicy"


class Cluster(pulumi.ComponentResource):
    """An EKS cluster: private API, secrets under a key of its own, every log kept, access by access entries alone.

    Nothing runs on it before its add-ons (`EksAddons`) and its nodes are there. Given a `kubeconfig`, the provider
    goes to that Kubernetes; the EKS cluster is declared all the same. Raises SpecError with every violation.
    """

    name: pulumi.Output[str]
    version: str
    """Kubernetes' minor version: add-ons and node images are chosen by it."""
    endpoint: pulumi.Output[str]
    """URL of EKS's own API."""
    kubeconfig: pulumi.Output[str]
    """Path of the kubeconfig given, or EKS's as a document; neither holds a credential."""
    provider: k8s.Provider
    ready: list[pulumi.Resource]
    """What add-ons and nodes wait for: the cluster, and who may enter it."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = ClusterSpec.parse(args, default_name(pulumi.get_stack(), name))
        region, profile = args["region"], args.get("profile", "")
        super().__init__("aifactory:cluster:Cluster", name, {**args}, opts)
        cluster = self._cluster(name, spec, args)
        entries = [
            eks.AccessEntry(
                f"{name}-access-{access.suffix}",
                cluster_name=cluster.name,
                principal_arn=access.principal,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for access in spec.access
        ]
        associations = [
            eks.AccessPolicyAssociation(
                f"{name}-access-{access.suffix}",
                cluster_name=cluster.name,
                principal_arn=entry.principal_arn,
                policy_arn=access.policy_arn,
                access_scope=eks.AccessPolicyAssociationAccessScopeArgs(
                    type="namespace" if access.namespaces else "cluster",
                    namespaces=list(access.namespaces) or None,
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for access, entry in zip(spec.access, entries, strict=True)
        ]
        self.name, self.version, self.endpoint = cluster.name, spec.version, cluster.endpoint
        self.ready = [cluster, *entries, *associations]
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
            f"{name}-api",
            kubeconfig=self.kubeconfig,
            # Else a kubeconfig that reads otherwise, e.g. by another profile, may replace the provider and all its
            # objects.
            cluster_identifier=None if spec.kubeconfig else cluster.arn,
            enable_server_side_apply=True,
            # An object is deleted through this API by one of these principals: their entries are destroyed after it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*entries, *associations]),
        )
        self.register_outputs({"name": self.name, "endpoint": self.endpoint, "kubeconfig": self.kubeconfig})

    def _cluster(self, name: str, spec: ClusterSpec, args: ClusterArgs) -> eks.Cluster:
        role = iam.Role(
            f"{name}-role",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": service_principal("eks", args["region"])},
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
            policy_arn=managed_policy(MANAGED_POLICY, args["region"]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        key = kms.Key(
            f"{name}-key",
            description="Secrets of the factory's Kubernetes",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            # A cluster whose key is gone cannot read a secret again.
            opts=pulumi.ResourceOptions(parent=self, protect=spec.deletion_protection or None),
        )
        logs = cloudwatch.LogGroup(
            f"{name}-logs",
            name=spec.log_group,
            retention_in_days=spec.log_retention_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return eks.Cluster(
            f"{name}-eks",
            name=spec.name,
            role_arn=role.arn,
            version=spec.version,
            vpc_config=eks.ClusterVpcConfigArgs(
                subnet_ids=args["subnet_ids"],
                security_group_ids=[args["security_group_id"]],
                endpoint_private_access=True,
                endpoint_public_access=bool(spec.public_cidrs),
                public_access_cidrs=list(spec.public_cidrs) or None,
            ),
            access_config=eks.ClusterAccessConfigArgs(
                authentication_mode="API",
                # Whoever makes the cluster would stay an administrator that no line of this program names.
                bootstrap_cluster_creator_admin_permissions=False,
            ),
            # EKS would install add-ons that nobody declared and nobody updates; to change this later is another
            # cluster.
            bootstrap_self_managed_addons=False,
            kubernetes_network_config=eks.ClusterKubernetesNetworkConfigArgs(service_ipv4_cidr=spec.service_ipv4_cidr)
            if spec.service_ipv4_cidr
            else None,
            encryption_config=eks.ClusterEncryptionConfigArgs(
                provider=eks.ClusterEncryptionConfigProviderArgs(key_arn=key.arn), resources=["secrets"]
            ),
            enabled_cluster_log_types=list(LOG_TYPES),
            # EXTENDED, EKS's default, goes on by itself at six times the price where a version's support ends.
            upgrade_policy=eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            deletion_protection=spec.deletion_protection,
            # Without its policy the control plane cannot remove its own interfaces when it is destroyed; without its
            # group of logs EKS makes one that keeps them for ever.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment, logs]),
        )
