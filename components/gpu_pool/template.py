"""The launch template of a pool's nodes.

What EKS refuses in a template is not in it: a subnet, an instance profile, spot options (the group's capacity type says
it), an image or hibernation (EKS API, LaunchTemplateSpecification; EKS user guide, "Launch templates"). An image of
one's own cannot be named: its nodes would not join without a whole NodeConfig (terraform-aws-eks#2738).
"""

import pulumi
from pulumi_aws import ec2

from components.gpu_pool.capacity import Block, Reserved
from components.gpu_pool.spec import GpuPoolSpec

TAGGED = ("instance", "volume", "network-interface")


def launch_template(
    name: str,
    spec: GpuPoolSpec,
    *,
    security_group: pulumi.Input[str],
    kms_key: pulumi.Input[str] | None,
    parent: pulumi.ComponentResource,
) -> ec2.LaunchTemplate:
    """Declares `NAME-template` and, where the pool has one of its own, `NAME-placement`, children of `parent`."""
    return ec2.LaunchTemplate(
        f"{name}-template",
        instance_type=spec.accelerator.instance_type,
        placement=_placement(name, spec, parent),
        instance_market_options=_market(spec),
        capacity_reservation_specification=_reservation(spec),
        block_device_mappings=[
            ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=volume.device,
                ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type="gp3",
                    volume_size=volume.gib,
                    encrypted="true",
                    kms_key_id=kms_key,
                    delete_on_termination="true",
                ),
            )
            for volume in spec.image.volumes
        ],
        # Pods reach no credentials of the node: its metadata is one hop away, and only with a token.
        metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        network_interfaces=[
            ec2.LaunchTemplateNetworkInterfaceArgs(
                network_card_index=interface.card,
                device_index=interface.device,
                interface_type=interface.kind,
                security_groups=[security_group],
                delete_on_termination="true",
            )
            for interface in spec.interfaces
        ]
        or None,
        # A template names its groups in its interfaces or here, never in both.
        vpc_security_group_ids=None if spec.interfaces else [security_group],
        user_data=spec.image.user_data or None,
        tag_specifications=[
            ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=spec.instance_tags(name)) for kind in TAGGED
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _placement(
    name: str, spec: GpuPoolSpec, parent: pulumi.ComponentResource
) -> ec2.LaunchTemplatePlacementArgs | None:
    if spec.makes_placement_group:
        group = ec2.PlacementGroup(f"{name}-placement", strategy="cluster", opts=pulumi.ResourceOptions(parent=parent))
        return ec2.LaunchTemplatePlacementArgs(group_name=group.name)
    return ec2.LaunchTemplatePlacementArgs(group_name=spec.reservation_group) if spec.reservation_group else None


def _market(spec: GpuPoolSpec) -> ec2.LaunchTemplateInstanceMarketOptionsArgs | None:
    if isinstance(spec.capacity, Block):
        return ec2.LaunchTemplateInstanceMarketOptionsArgs(market_type="capacity-block")
    return None


def _reservation(spec: GpuPoolSpec) -> ec2.LaunchTemplateCapacityReservationSpecificationArgs | None:
    """The reservation, and for one that EC2 would otherwise go past, that it must not: what a resource group has no room
    for runs on demand, at its price (EC2 API, LaunchTemplateCapacityReservationSpecificationRequest). Of a Capacity
    Block the EKS user guide names the target alone.
    """
    target = ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs
    match spec.capacity:
        case Reserved(reservation_id=reservation, resource_group_arn=arn):
            return ec2.LaunchTemplateCapacityReservationSpecificationArgs(
                capacity_reservation_preference="capacity-reservations-only",
                capacity_reservation_target=target(
                    capacity_reservation_id=reservation or None, capacity_reservation_resource_group_arn=arn or None
                ),
            )
        case Block(reservation_id=reservation):
            return ec2.LaunchTemplateCapacityReservationSpecificationArgs(
                capacity_reservation_target=target(capacity_reservation_id=reservation)
            )
        case _:
            return None
