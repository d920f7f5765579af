"""The role of GPU nodes: what kubelet, the CNI and the pull of images ask AWS for."""

import json

import pulumi
from pulumi_aws import iam

from components.partition import managed_policy, service_principal

MANAGED_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly")


def node_role(
    name: str, region: str, parent: pulumi.ComponentResource
) -> tuple[iam.Role, list[iam.RolePolicyAttachment]]:
    """Declares `NAME-role` and its policies, children of `parent`. Nodes need the policies to join: wait for them."""
    role = iam.Role(
        f"{name}-role",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": service_principal("ec2", region)},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    attachments = [
        iam.RolePolicyAttachment(
            f"{name}-{policy}",
            role=role.name,
            policy_arn=managed_policy(policy, region),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for policy in MANAGED_POLICIES
    ]
    return role, attachments
