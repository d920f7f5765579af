"""The VPC of a factory."""

import pulumi
from pulumi_aws import ec2, vpc

from components.network.args import NetworkArgs
from components.network.endpoints import service_name
from components.network.flow_logs import flow_logs
from components.network.node_security import ANYWHERE, node_security
from components.network.spec import NetworkSpec


class Network(pulumi.ComponentResource):
    """A VPC with a public and a private subnet in each zone, the ways by which private subnets reach AWS's APIs, the
    group in which nodes talk to each other, and a record of every flow.

    Raises SpecError with every violation of its blocks of addresses, its zones and its endpoints.
    """

    vpc_id: pulumi.Output[str]
    zones: list[str]
    """Those in use, in order."""
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    """In the order of the zones."""
    security_group_id: pulumi.Output[str]
    routes: list[pulumi.Resource]
    """What has to exist before a node can reach AWS's APIs, and has to outlive it: node groups depend on it."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = NetworkSpec.parse(args)
        super().__init__("aifactory:network:Network", name, {**args}, opts)
        network = ec2.Vpc(
            f"{name}-vpc",
            cidr_block=spec.cidr,
            # Private DNS names of endpoints need both (EC2 API, CreateVpcEndpoint, PrivateDnsEnabled).
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        # AWS puts an interface into the default group where none is named: it admits nothing.
        ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=network.id,
            ingress=[],
            egress=[],
            tags={"Name": f"{name}-default"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        if spec.flow_log_days:
            flow_logs(name, network, spec, self)
        subnets = self._subnets(name, network, spec)
        self.routes = self._routes(name, network, spec, subnets)
        nodes = node_security(name, network.id, self)
        self.routes += nodes.rules
        self.vpc_id, self.zones = network.id, list(spec.zones)
        self.public_subnet_ids, self.private_subnet_ids = (
            [subnets[public, zone].id for zone in spec.zones] for public in (True, False)
        )
        self.security_group_id = nodes.group_id
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "zones": self.zones,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "security_group_id": self.security_group_id,
            }
        )

    def _subnets(self, name: str, network: ec2.Vpc, spec: NetworkSpec) -> dict[tuple[bool, str], ec2.Subnet]:
        """By whether they are public, and their zone."""
        # The first block comes with the VPC itself.
        blocks = {
            cidr: ec2.VpcIpv4CidrBlockAssociation(
                f"{name}-{cidr}", vpc_id=network.id, cidr_block=cidr, opts=pulumi.ResourceOptions(parent=self)
            )
            for cidr in spec.more_cidrs
        }
        return {
            (wanted.public, wanted.zone): ec2.Subnet(
                f"{name}-{wanted.suffix}",
                vpc_id=network.id,
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
            for wanted in spec.subnets
        }

    def _routes(
        self, name: str, network: ec2.Vpc, spec: NetworkSpec, subnets: dict[tuple[bool, str], ec2.Subnet]
    ) -> list[pulumi.Resource]:
        """Makes the ways out of each subnet. Returns what nodes in the private ones need."""
        # Nothing reaches a closed network from the internet either.
        gateway = (
            None
            if spec.closed
            else ec2.InternetGateway(
                f"{name}-igw", vpc_id=network.id, tags={"Name": name}, opts=pulumi.ResourceOptions(parent=self)
            )
        )
        public = ec2.RouteTable(
            f"{name}-public",
            vpc_id=network.id,
            routes=[ec2.RouteTableRouteArgs(cidr_block=ANYWHERE, gateway_id=gateway.id)] if gateway else [],
            tags={"Name": f"{name}-public"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Its routes are resources of their own, so that one to a transit gateway can be added from elsewhere.
        private = {
            zone: ec2.RouteTable(
                f"{name}-private-{zone}",
                vpc_id=network.id,
                tags={"Name": f"{name}-private-{zone}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            for zone in spec.zones
        }
        associations: dict[tuple[bool, str], pulumi.Resource] = {
            (is_public, zone): ec2.RouteTableAssociation(
                f"{name}-{'public' if is_public else 'private'}-{zone}",
                subnet_id=subnet.id,
                route_table_id=public.id if is_public else private[zone].id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for (is_public, zone), subnet in subnets.items()
        }
        nat = {
            zone: self._nat_gateway(
                f"{name}-nat-{zone}",
                subnets[True, zone],
                # It works once its own subnet leads out, and EC2 gives it its address only then.
                [gateway, associations[True, zone]] if gateway else [],
            )
            for zone in spec.nat_zones
        }
        out = [
            ec2.Route(
                f"{name}-private-{zone}",
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=nat[spec.nat_zone_of(zone)].id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for zone, table in private.items()
            if nat
        ]
        return [
            *(associations[False, zone] for zone in spec.zones),
            *out,
            *self._endpoints(
                name, network, spec, [public, *private.values()], [subnets[False, zone].id for zone in spec.zones]
            ),
        ]

    def _nat_gateway(self, name: str, subnet: ec2.Subnet, after: list[pulumi.Resource]) -> ec2.NatGateway:
        address = ec2.Eip(name, domain="vpc", tags={"Name": name}, opts=pulumi.ResourceOptions(parent=self))
        return ec2.NatGateway(
            name,
            allocation_id=address.id,
            subnet_id=subnet.id,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _endpoints(
        self,
        name: str,
        network: ec2.Vpc,
        spec: NetworkSpec,
        tables: list[ec2.RouteTable],
        subnet_ids: list[pulumi.Output[str]],
    ) -> list[pulumi.Resource]:
        # Image layers, datasets and checkpoints do not go through a NAT gateway, which has a price per byte.
        s3 = ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=network.id,
            vpc_endpoint_type="Gateway",
            # A gateway endpoint is com.amazonaws in every partition but the isolated ones.
            service_name=service_name("s3", spec.region),
            route_table_ids=[table.id for table in tables],
            tags={"Name": f"{name}-s3"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        if not spec.endpoints:
            return [s3]
        group = ec2.SecurityGroup(
            f"{name}-endpoints",
            description="Endpoints of AWS services",
            vpc_id=network.id,
            tags={"Name": f"{name}-endpoints"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        rules = [
            vpc.SecurityGroupIngressRule(
                f"{name}-endpoints-{cidr}",
                security_group_id=group.id,
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                description="HTTPS from the VPC",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for cidr in (spec.cidr, *spec.more_cidrs)
        ]
        interfaces = [
            ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=network.id,
                vpc_endpoint_type="Interface",
                service_name=service_name(service, spec.region),
                subnet_ids=subnet_ids,
                security_group_ids=[group.id],
                private_dns_enabled=True,
                tags={"Name": f"{name}-{service}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            for service in spec.endpoints
        ]
        return [s3, *rules, *interfaces]
