"""The nodes of everything that asks for no GPU."""

import json

import pulumi
from pulumi_aws import ec2, eks, iam

from components.gpu_pool.spec import POOL_LABEL
from components.partition import managed_policy, service_principal
from components.system_pool.args import SystemPoolArgs
from components.system_pool.spec import SystemPoolSpec

# EKS user guide, "Amazon EKS node IAM role". The network's own policy is on the role of vpc-cni: here every pod on the
# host's network would have it.
MANAGED_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")


class SystemPool(pulumi.ComponentResource):
    """Nodes without a taint, in two zones or more, of a fixed count.

    CoreDNS, controllers, MLflow and the stages that use no GPU run here; without such a pool they stay Pending, as GPU
    nodes keep them off. Raises SpecError with every violation.
    """

    node_group_name: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What needs a schedulable node waits for these: CoreDNS first."""

    def __init__(self, name: str, args: SystemPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = SystemPoolSpec.parse(args)
        super().__init__(
            "aifactory:system_pool:SystemPool",
            name,
            {
                "instanceTypes": list(spec.instance_types),
                "nodes": spec.nodes,
                "zones": len(args["subnet_ids"]),
                "diskGib": spec.disk_gib,
                "amiRelease": spec.ami_release,
            },
            opts,
        )
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(
            f"{name}-role",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": service_principal("ec2", args["region"])},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
            opts=child,
        )
        attachments = [
            iam.RolePolicyAttachment(
                f"{name}-{policy}", role=role.name, policy_arn=managed_policy(policy, args["region"]), opts=child
            )
            for policy in MANAGED_POLICIES
        ]
        # The instance types are the group's, not the template's: a group may have several (EKS user guide, "Launch
        # templates").
        template = ec2.LaunchTemplate(
            f"{name}-template",
            vpc_security_group_ids=[args["security_group_id"]],
            # Pods reach no credentials of the node: its metadata is one hop away, and only with a token.
            metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[
                ec2.LaunchTemplateBlockDeviceMappingArgs(
                    # The root device of Amazon Linux 2023.
                    device_name="/dev/xvda",
                    ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=spec.disk_gib,
                        encrypted="true",
                        kms_key_id=args.get("kms_key_arn"),
                        delete_on_termination="true",
                    ),
                )
            ],
            tag_specifications=[
                ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags={"Name": name})
                for kind in ("instance", "volume")
            ],
            opts=child,
        )
        nodes = eks.NodeGroup(
            f"{name}-nodes",
            cluster_name=args["cluster_name"],
            node_role_arn=role.arn,
            subnet_ids=args["subnet_ids"],
            instance_types=list(spec.instance_types),
            ami_type=spec.ami_type,
            version=spec.version,
            release_version=spec.ami_release,
            capacity_type="ON_DEMAND",
            # A fixed count: no autoscaler moves it, so no `up` undoes what one did. Load that comes and goes has other
            # pools.
            scaling_config=eks.NodeGroupScalingConfigArgs(
                desired_size=spec.nodes, min_size=spec.nodes, max_size=spec.nodes
            ),
            # A new node is there before an old one goes: these types, unlike GPU nodes, can be had on demand.
            update_config=eks.NodeGroupUpdateConfigArgs(max_unavailable=1, update_strategy="DEFAULT"),
            node_repair_config=eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            launch_template=eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(lambda version: str(int(version)))
            ),
            labels={**args.get("labels", {}), POOL_LABEL: name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*attachments, *args.get("after", ())]),
        )
        self.node_group_name = nodes.node_group_name
        self.ready = [nodes]
        self.register_outputs({"node_group_name": self.node_group_name})
