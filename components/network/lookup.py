"""An existing network, asked of EC2: whether a cluster can stand in it is found out before anything is made."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from components.accelerators import AwsAccess, unanswered
from components.ec2 import ec2_of
from components.network.args import ExistingNetworkArgs
from components.network.endpoints import Feature, closed_endpoints, short_name
from components.network.spec import FEWEST_ZONES
from components.violations import Violations

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef, IpPermissionOutputTypeDef, RouteTypeDef

COMPONENT = "ExistingNetwork"
# EKS user guide, "VPC and subnet considerations": free addresses that a subnet of the control plane has at least.
FREE_ADDRESSES = 6
MAIN = "main"
"""Stands for every subnet without a route table of its own."""


def check_existing_network(args: ExistingNetworkArgs, features: Sequence[Feature], access: AwsAccess) -> None:
    """Raises SpecError for a VPC without DNS, for subnets that are not its own, not in their zone, full or without a
    way to what `features` call, for a group that EFA cannot use, and where EC2 does not answer.

    Ids that another resource gives are known later, and not asked for.
    """
    vpc = args["vpc_id"]
    if not isinstance(vpc, str):
        return
    violations, ec2 = Violations(COMPONENT), ec2_of(access)
    try:
        found = ec2.describe_vpcs(Filters=_in(vpc))["Vpcs"]
        known = violations.unless(
            bool(found),
            "vpc_id",
            vpc,
            f"EC2 in {access.region} knows no such VPC",
            f"aws ec2 describe-vpcs --region {access.region}",
        )
        if known:
            _check_dns(violations, ec2, vpc)
            _check_subnets(violations, ec2, vpc, args)
            _check_ways(violations, ec2, vpc, args, features)
            _check_group(violations, ec2, vpc, args)
    except (BotoCoreError, ClientError) as error:
        raise unanswered(COMPONENT, "vpc_id", vpc, access, error) from error
    violations.raise_if_any()


def _check_dns(violations: Violations, ec2: "EC2Client", vpc: str) -> None:
    # EKS user guide, "VPC requirements and considerations": else nodes find neither the API nor a private endpoint.
    support = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")["EnableDnsSupport"]
    hostnames = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]
    for option, answer in (("enable-dns-support", support), ("enable-dns-hostnames", hostnames)):
        violations.unless(
            answer.get("Value") is True,
            "vpc_id",
            vpc,
            f"the VPC of a cluster has {option} on: by it nodes find the cluster's API",
            f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --{option}",
        )


def _check_subnets(violations: Violations, ec2: "EC2Client", vpc: str, args: ExistingNetworkArgs) -> None:
    private, public = args["private_subnet_ids"], args.get("public_subnet_ids", {})
    named = [(f"private_subnet_ids.{zone}", zone, subnet) for zone, subnet in private.items()]
    named += [(f"public_subnet_ids.{zone}", zone, subnet) for zone, subnet in public.items()]
    pages = ec2.get_paginator("describe_subnets").paginate(Filters=_in(vpc))
    of_vpc = {subnet.get("SubnetId", ""): subnet for page in pages for subnet in page["Subnets"]}
    control_plane = [f"private_subnet_ids.{zone}" for zone in list(private)[:FEWEST_ZONES]]
    for path, zone, subnet in named:
        if not isinstance(subnet, str):
            continue
        facts = of_vpc.get(subnet)
        violations.unless(
            facts is not None,
            path,
            subnet,
            f"a subnet of the network is one of {vpc}",
            f"aws ec2 describe-subnets --filters Name=vpc-id,Values={vpc}",
        )
        if facts is not None:
            actual, free = facts.get("AvailabilityZone", ""), facts.get("AvailableIpAddressCount", 0)
            violations.unless(
                actual == zone,
                path,
                subnet,
                f"a subnet is given by its own zone, and this one's is {actual}",
                f"write {path.partition('.')[0]}.{actual}",
            )
            violations.unless(
                path not in control_plane or free >= FREE_ADDRESSES,
                path,
                subnet,
                f"the control plane needs {FREE_ADDRESSES} free addresses in each of its subnets, and here are {free}",
                "name a subnet with more; 16 are recommended",
            )


def _in(vpc: str) -> "list[FilterTypeDef]":
    return [{"Name": "vpc-id", "Values": [vpc]}]


def _check_ways(
    violations: Violations, ec2: "EC2Client", vpc: str, args: ExistingNetworkArgs, features: Sequence[Feature]
) -> None:
    """A subnet whose table leads nowhere but into the VPC reaches what has an endpoint in it, and nothing else."""
    # Whatever subnet has no table of its own uses the VPC's main one.
    table_of = {
        MAIN if link.get("Main") is True else link.get("SubnetId", ""): table
        for page in ec2.get_paginator("describe_route_tables").paginate(Filters=_in(vpc))
        for table in page["RouteTables"]
        for link in table.get("Associations", [])
    }
    endpoints = [
        endpoint
        for page in ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=_in(vpc))
        for endpoint in page["VpcEndpoints"]
    ]
    for zone, subnet in args["private_subnet_ids"].items():
        if not isinstance(subnet, str):
            continue
        # Every VPC has a main table, and EC2 never deletes it.
        table = table_of.get(subnet) or table_of[MAIN]
        here = {
            short_name(endpoint.get("ServiceName", ""))
            for endpoint in endpoints
            # A gateway endpoint is there for the tables that it is in, any other for the whole VPC.
            if endpoint.get("VpcEndpointType") != "Gateway"
            or table.get("RouteTableId") in endpoint.get("RouteTableIds", [])
        }
        missing = [service for service in (*closed_endpoints(features), "s3") if service not in here]
        violations.unless(
            not missing or any(map(_leads_out, table.get("Routes", []))),
            f"private_subnet_ids.{zone}",
            subnet,
            "a node reaches AWS's APIs by a route out of the VPC or by endpoints, and here is neither: without"
            f" {', '.join(missing)}",
            f"add a default route to a NAT or transit gateway to {table.get('RouteTableId', '')}, or these endpoints",
        )


def _leads_out(route: "RouteTypeDef") -> bool:
    """A node has no public address, so an internet gateway leads it nowhere; whatever else is not the VPC may."""
    target = route.get("GatewayId", "")
    return route.get("State") != "blackhole" and not target.startswith(("local", "igw-", "vpce-"))


def _check_group(violations: Violations, ec2: "EC2Client", vpc: str, args: ExistingNetworkArgs) -> None:
    group = args.get("security_group_id")
    if not isinstance(group, str):
        return
    found = ec2.describe_security_groups(Filters=[*_in(vpc), {"Name": "group-id", "Values": [group]}])["SecurityGroups"]
    known = violations.unless(
        bool(found),
        "security_group_id",
        group,
        f"the group of the nodes is one of {vpc}",
        f"aws ec2 describe-security-groups --filters Name=vpc-id,Values={vpc}",
    )
    if known:
        # EC2 user guide, "Prepare an EFA-enabled security group": both by the group's own id, not by addresses.
        for way, command, rules in (
            ("from", "ingress", found[0].get("IpPermissions", [])),
            ("to", "egress", found[0].get("IpPermissionsEgress", [])),
        ):
            violations.unless(
                any(_names(rule, group) for rule in rules),
                "security_group_id",
                group,
                f"EFA and FSx need a group that admits all traffic {way} itself, by a rule that names the group",
                f"aws ec2 authorize-security-group-{command} --group-id {group} --ip-permissions"
                f" IpProtocol=-1,UserIdGroupPairs=[{{GroupId={group}}}], or leave it out for one that is made",
            )


def _names(rule: "IpPermissionOutputTypeDef", group: str) -> bool:
    return rule.get("IpProtocol") == "-1" and any(
        pair.get("GroupId") == group for pair in rule.get("UserIdGroupPairs", [])
    )
