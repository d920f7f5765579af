"""The VPC of a factory."""

import pulumi
from pulumi_aws import ec2

from components.network.args import NetworkArgs
from components.network.spec import NetworkSpec


class Network(pulumi.ComponentResource):
    """A VPC with a public and a private subnet in each zone, and the group in which nodes talk to each other.

    Raises SpecError with every violation of its blocks of addresses and its zones.
    """

    vpc_id: pulumi.Output[str]
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    """In the order of the zones."""
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = NetworkSpec.parse(args)
        super().__init__("aifactory:network:Network", name, {**args}, opts)
        vpc = ec2.Vpc(
            f"{name}-vpc",
            cidr_block=spec.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        # The first block comes with the VPC itself.
        blocks = {
            cidr: ec2.VpcIpv4CidrBlockAssociation(
                f"{name}-{cidr}", vpc_id=vpc.id, cidr_block=cidr, opts=pulumi.ResourceOptions(parent=self)
            )
            for cidr in spec.more_cidrs
        }
        gateway = ec2.InternetGateway(
            f"{name}-igw", vpc_id=vpc.id, tags={"Name": name}, opts=pulumi.ResourceOptions(parent=self)
        )
        tables = {
            public: ec2.RouteTable(
                f"{name}-{'public' if public else 'private'}",
                vpc_id=vpc.id,
                routes=[ec2.RouteTableRouteArgs(cidr_block="0.0.0.0/0", gateway_id=gateway.id)] if public else [],
                tags={"Name": f"{name}-{'public' if public else 'private'}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            for public in (True, False)
        }
        subnets: dict[bool, list[pulumi.Output[str]]] = {True: [], False: []}
        for wanted in spec.subnets:
            subnet = ec2.Subnet(
                f"{name}-{wanted.suffix}",
                vpc_id=vpc.id,
                cidr_block=wanted.cidr,
                availability_zone=wanted.zone,
                # An address on the internet is given to a load balancer, never to whatever happens to start here.
                map_public_ip_on_launch=False,
                tags={
                    "Name": f"{name}-{wanted.suffix}",
                    "kubernetes.io/role/elb" if wanted.public else "kubernetes.io/role/internal-elb": "1",
                },
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=[blocks[wanted.block]] if wanted.block in blocks else []
                ),
            )
            ec2.RouteTableAssociation(
                f"{name}-{wanted.suffix}",
                subnet_id=subnet.id,
                route_table_id=tables[wanted.public].id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            subnets[wanted.public].append(subnet.id)
        group = ec2.SecurityGroup(
            f"{name}-nodes",
            description="Nodes of the factory among themselves",
            vpc_id=vpc.id,
            # EFA asks for a group that admits all traffic from and to itself (EC2 user guide, "Get started with EFA").
            ingress=[ec2.SecurityGroupIngressArgs(protocol="-1", from_port=0, to_port=0, self=True)],
            egress=[
                ec2.SecurityGroupEgressArgs(protocol="-1", from_port=0, to_port=0, self=True),
                ec2.SecurityGroupEgressArgs(protocol="-1", from_port=0, to_port=0, cidr_blocks=["0.0.0.0/0"]),
            ],
            tags={"Name": f"{name}-nodes"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.vpc_id = vpc.id
        self.public_subnet_ids, self.private_subnet_ids = subnets[True], subnets[False]
        self.security_group_id = group.id
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "security_group_id": self.security_group_id,
            }
        )
