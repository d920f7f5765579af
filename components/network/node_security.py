"""The group in which nodes, the control plane and filesystems talk to each other."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSecurity:
    """A security group, with rules that are resources of their own."""

    group_id: pulumi.Output[str]
    """Who uses it waits for its rules: FSx refuses a group that does not admit Lustre yet."""
    rules: list[pulumi.Resource]


def node_security(name: str, vpc_id: pulumi.Input[str], parent: pulumi.Resource) -> NodeSecurity:
    """Makes the group: it admits all traffic from itself, and lets out all traffic, to itself by a rule of its own.

    EFA asks for both rules that name the group, and does not count one that names addresses (EC2 user guide, "Get
    started with EFA", "Prepare an EFA-enabled security group").
    """
    group = ec2.SecurityGroup(
        f"{name}-nodes",
        description="Nodes of the factory among themselves",
        vpc_id=vpc_id,
        tags={"Name": f"{name}-nodes"},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    # A rule within the group's own inputs is lost when the group is replaced, and undoes those that others added
    # (pulumi/pulumi-eks#69).
    within = vpc.SecurityGroupIngressRule(
        f"{name}-nodes-from-nodes",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        ip_protocol="-1",
        description="All traffic of the group, EFA among it",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    to_itself = vpc.SecurityGroupEgressRule(
        f"{name}-nodes-to-nodes",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        ip_protocol="-1",
        description="All traffic of the group, EFA among it",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    out = vpc.SecurityGroupEgressRule(
        f"{name}-nodes-out",
        security_group_id=group.id,
        cidr_ipv4=ANYWHERE,
        ip_protocol="-1",
        description="Wherever the routes of the subnet lead",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    # The rules' own word of the group's id: unlike a rule's id it is known in a preview that replaces a rule, so that
    # nothing that uses the group looks changed by that.
    named = pulumi.Output.all(
        group.id, within.security_group_id, to_itself.security_group_id, out.security_group_id
    ).apply(lambda ids: ids[0])
    return NodeSecurity(group_id=named, rules=[within, to_itself, out])
