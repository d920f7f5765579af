"""A pool of GPU nodes."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import autoscaling, eks

from components.gpu_pool.args import GpuPoolArgs
from components.gpu_pool.role import node_role
from components.gpu_pool.spec import GpuPoolSpec
from components.gpu_pool.taint import GPU_TAINT
from components.gpu_pool.template import launch_template


class GpuPool(pulumi.ComponentResource):
    """A pool of GPU nodes that train together: one zone, every EFA card attached, placed as their capacity allows.

    A Capacity Block's pool is emptied by EKS itself, 40 minutes before the block ends; one of UltraServers, which EC2
    ends earlier, by the pool. Its image is changed only while it has no nodes (EKS user guide, "Create a managed node
    group with Capacity Blocks for ML").

    Raises SpecError with every rule that the arguments break.
    """

    node_group_name: pulumi.Output[str]
    """Name of the EKS node group."""
    node_role_arn: pulumi.Output[str]
    """Role of the nodes."""

    def __init__(self, name: str, args: GpuPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = GpuPoolSpec.parse(args)
        super().__init__("aifactory:gpu_pool:GpuPool", name, _judged(name, spec), opts)
        role, attachments = node_role(name, args["region"], self)
        template = launch_template(
            name, spec, security_group=args["security_group_id"], kms_key=args.get("kms_key_arn"), parent=self
        )
        nodes = eks.NodeGroup(
            f"{name}-nodes",
            cluster_name=args["cluster_name"],
            node_role_arn=role.arn,
            subnet_ids=[args["subnet_id"]],
            ami_type=spec.image.ami_type,
            version=spec.image.version or None,
            release_version=spec.image.release or None,
            capacity_type=spec.capacity.capacity_type,
            scaling_config=eks.NodeGroupScalingConfigArgs(
                desired_size=spec.desired_nodes, min_size=spec.fewest_nodes, max_size=spec.most_nodes
            ),
            # EKS's default starts new nodes before it ends old ones, twice the zones at once: GPUs that are not to be
            # had. MINIMAL ends one, then starts one, and leaves maximum and desired size alone (EKS API,
            # NodegroupUpdateConfig).
            update_config=eks.NodeGroupUpdateConfigArgs(update_strategy="MINIMAL", max_unavailable=1),
            # A dead GPU stays until somebody sees it: repair is off by default (EKS API, NodeRepairConfig). One at a
            # time, so that a fault of the whole pool does not end all of it.
            node_repair_config=eks.NodeGroupNodeRepairConfigArgs(enabled=True, max_parallel_nodes_repaired_count=1),
            launch_template=eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(lambda version: str(int(version)))
            ),
            labels=spec.labels(name),
            taints=[
                eks.NodeGroupTaintArgs(key=GPU_TAINT.key, value=GPU_TAINT.value, effect=GPU_TAINT.eks_effect),
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*attachments, *args.get("after", ())],
                # The same instances twice, as a replacement made first needs them, are neither reserved nor to be had.
                delete_before_replace=True,
                # The autoscaler's, where there is one: every `up` would undo what it did.
                ignore_changes=["scalingConfig.desiredSize"] if spec.scaling else None,
            ),
        )
        for size in spec.scheduled:
            autoscaling.Schedule(
                f"{name}-{size.name}",
                scheduled_action_name=f"{name}-{size.name}",
                autoscaling_group_name=nodes.resources.apply(_group),
                start_time=size.start_time,
                min_size=spec.fewest_nodes,
                max_size=spec.most_nodes,
                desired_capacity=size.nodes,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.node_group_name = nodes.node_group_name
        self.node_role_arn = role.arn
        self.register_outputs({"node_group_name": self.node_group_name, "node_role_arn": self.node_role_arn})


def _group(resources: Sequence[eks.outputs.NodeGroupResource]) -> str:
    """Name of the Auto Scaling group that EKS made for a node group: it makes exactly one."""
    (name,) = (group.name for one in resources for group in one.autoscaling_groups or () if group.name)
    return name


def _judged(name: str, spec: GpuPoolSpec) -> dict[str, pulumi.Input[object]]:
    """What policies judge a pool by."""
    facts = spec.accelerator
    return {
        "instanceType": facts.instance_type,
        "nodes": spec.nodes,
        "desiredNodes": spec.desired_nodes,
        "maxNodes": spec.most_nodes,
        "capacity": spec.capacity.kind,
        "gpusPerNode": facts.gpus,
        "efaCards": facts.efa_cards,
        "nvmeGb": facts.nvme_gb,
        "rootGib": spec.image.root_gib,
        "releaseVersion": spec.image.release,
        "taint": GPU_TAINT.key,
        "labels": spec.labels(name),
    }
