"""What is changed by hand in a test: a vault and a bucket on a store, the same at AWS, and objects of Kubernetes, a layer each."""

import base64
import json
import os

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.object_store.component import ObjectStore
from components.vault.component import VaultBucket

servers = json.loads(os.environ["DRIFT_SERVERS"])
NAMESPACE = "drift"
LABELS = {"app": "gateway"}


def stores() -> None:
    """A vault and a bucket of stages on a store of one's own."""
    VaultBucket("vault", {"bucket": "vault", "retention_days": 30, "endpoint": servers["minio"]})
    ObjectStore("objects", {"bucket": "objects", "endpoint": servers["minio"]})


def at_aws() -> None:
    """A vault, a group, a role and a cluster with nodes."""
    endpoints = dict.fromkeys(("ec2", "eks", "iam", "kms", "s3", "sts"), servers["moto"])
    provider = aws.Provider("aws", region="us-east-1", endpoints=[aws.ProviderEndpointArgs(**endpoints)])
    at = pulumi.ResourceOptions(provider=provider)
    for name in ("vault", "offsite"):
        VaultBucket(name, {"bucket": name, "retention_days": 30}, pulumi.ResourceOptions(providers=[provider]))
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=at)
    subnets = [
        aws.ec2.Subnet(f"subnet-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{index}.0/24", opts=at)
        for index, zone in enumerate("ab")
    ]
    group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id, description="of a test", opts=at)
    aws.vpc.SecurityGroupIngressRule(
        "https",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="10.0.0.0/16",
        opts=at,
    )
    trust = {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}), opts=at)
    aws.iam.RolePolicyAttachment(
        "attachment", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy", opts=at
    )
    cluster = aws.eks.Cluster(
        "cluster",
        role_arn=role.arn,
        vpc_config=aws.eks.ClusterVpcConfigArgs(
            subnet_ids=[one.id for one in subnets], endpoint_private_access=True, endpoint_public_access=False
        ),
        opts=at,
    )
    aws.eks.NodeGroup(
        "nodes",
        cluster_name=cluster.name,
        node_role_arn=role.arn,
        subnet_ids=[one.id for one in subnets],
        scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=0, max_size=4, desired_size=2),
        opts=at,
    )


def in_cluster() -> None:
    """A namespace with what keeps its pods from others, and others from them."""
    provider = k8s.Provider("api", kubeconfig=servers["kubeconfig"], enable_secret_mutable=True)
    at = pulumi.ResourceOptions(provider=provider)
    enforce = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = k8s.core.v1.Namespace("namespace", metadata={"name": NAMESPACE, "labels": enforce}, opts=at)
    inside = pulumi.ResourceOptions(provider=provider, depends_on=[namespace])

    def named(name: str) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=NAMESPACE)

    k8s.core.v1.ResourceQuota(
        "quota", metadata=named("quota"), spec={"hard": {"pods": "4", "requests.nvidia.com/gpu": "8"}}, opts=inside
    )
    for name in ("closed", "quiet"):
        k8s.networking.v1.NetworkPolicy(
            name,
            metadata=named(name),
            spec=k8s.networking.v1.NetworkPolicySpecArgs(
                pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={**LABELS, "policy": name}),
                policy_types=["Ingress"],
            ),
            opts=inside,
        )
    password = base64.b64encode(b"hunter2").decode()
    k8s.core.v1.Secret("login", metadata=named("login"), data={"password": password}, opts=inside)
    k8s.core.v1.ConfigMap("settings", metadata=named("settings"), data={"threads": "2"}, opts=inside)
    k8s.core.v1.Service(
        "service",
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name="service", namespace=NAMESPACE, annotations={"pulumi.com/skipAwait": "true"}
        ),
        spec=k8s.core.v1.ServiceSpecArgs(
            type="ClusterIP", selector=LABELS, ports=[k8s.core.v1.ServicePortArgs(port=80)]
        ),
        opts=inside,
    )
    container = k8s.core.v1.ContainerArgs(name="main", image="localhost/gateway@sha256:" + "0" * 64)
    k8s.apps.v1.Deployment(
        "gateway",
        metadata=named("gateway"),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=0,
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=LABELS),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(labels=LABELS),
                spec=k8s.core.v1.PodSpecArgs(containers=[container]),
            ),
        ),
        opts=inside,
    )
    reader = k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name="reader", namespace=NAMESPACE)
    k8s.rbac.v1.RoleBinding(
        "readers",
        metadata=named("readers"),
        role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        subjects=[reader],
        opts=inside,
    )


LAYERS = {"vault": stores, "platform": at_aws, "workloads": in_cluster}
LAYERS[pulumi.get_stack().partition(".")[2]]()
