"""A pool of GPU nodes."""

import json

import pulumi
from pulumi_aws import ec2, eks, iam

from components.gpu_pool.args import GpuPoolArgs
from components.gpu_pool.spec import TAINT, GpuPoolSpec
from components.partition import managed_policy, service_principal

MANAGED_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly")


class GpuPool(pulumi.ComponentResource):
    """A pool of GPU nodes that train together: one zone, one placement group, every EFA card attached.

    Raises SpecError for a negative or fractional count of nodes.
    """

    node_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: GpuPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = GpuPoolSpec.parse(args)
        facts, region = spec.accelerator, args["region"]
        super().__init__(
            "aifactory:gpu_pool:GpuPool",
            name,
            {
                "instanceType": facts.instance_type,
                "nodes": spec.nodes,
                "gpusPerNode": facts.gpus,
                "efaCards": facts.efa_cards,
                "nvmeGb": facts.nvme_gb,
                "taint": TAINT,
                "labels": spec.labels(name),
            },
            opts,
        )
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
            opts=pulumi.ResourceOptions(parent=self),
        )
        attachments = [
            iam.RolePolicyAttachment(
                f"{name}-{policy}",
                role=role.name,
                policy_arn=managed_policy(policy, region),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for policy in MANAGED_POLICIES
        ]
        placement = ec2.PlacementGroup(
            f"{name}-placement", strategy="cluster", opts=pulumi.ResourceOptions(parent=self)
        )
        group = args["security_group_id"]
        template = ec2.LaunchTemplate(
            f"{name}-template",
            instance_type=facts.instance_type,
            placement=ec2.LaunchTemplatePlacementArgs(group_name=placement.name),
            # Pods reach no credentials of the node: its metadata is one hop away, and only with a token.
            metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            network_interfaces=[
                ec2.LaunchTemplateNetworkInterfaceArgs(
                    network_card_index=interface.card,
                    device_index=interface.device,
                    interface_type=interface.kind,
                    security_groups=[group],
                    delete_on_termination="true",
                )
                for interface in spec.interfaces
            ]
            or None,
            # A template names its groups in its interfaces or here, never in both.
            vpc_security_group_ids=None if spec.interfaces else [group],
            user_data=spec.user_data or None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        nodes = eks.NodeGroup(
            f"{name}-nodes",
            cluster_name=args["cluster_name"],
            node_role_arn=role.arn,
            subnet_ids=[args["subnet_id"]],
            ami_type=spec.ami_type,
            scaling_config=eks.NodeGroupScalingConfigArgs(
                desired_size=spec.nodes, min_size=0, max_size=spec.most_nodes
            ),
            launch_template=eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(lambda version: str(int(version)))
            ),
            labels=spec.labels(name),
            # What asks for no GPU is kept off nodes that cost as much as these.
            taints=[eks.NodeGroupTaintArgs(key=TAINT, value="true", effect="NO_SCHEDULE")],
            opts=pulumi.ResourceOptions(parent=self, depends_on=attachments),
        )
        self.node_group_name = nodes.node_group_name
        self.register_outputs({"node_group_name": self.node_group_name})
