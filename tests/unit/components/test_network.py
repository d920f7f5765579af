"""Network and ExistingNetwork, recorded: what leads out of a subnet, who may talk to whom, what waits for what."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import pulumi
import pytest

from components.network.args import ExistingNetworkArgs, NetworkArgs
from components.network.component import Network
from components.network.endpoints import closed_endpoints
from components.network.existing import ExistingNetwork
from components.network.outputs import NetworkOutputs
from tests.unit.components.recorder import Recorder, declared

ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
ARGS: NetworkArgs = {"cidr": "10.64.0.0/16", "more_cidrs": ["10.65.0.0/16"], "zones": ZONES}
CLOSED: NetworkArgs = {**ARGS, "nat": "none", "endpoints": closed_endpoints()}
EXISTING: ExistingNetworkArgs = {
    "vpc_id": "vpc-0123456789abcdef0",
    "private_subnet_ids": {"us-east-1a": "subnet-0000000a", "us-east-1b": "subnet-0000000b"},
}
ACCOUNT = "123456789012"


class Account(Recorder):
    """AWS alone knows whose a VPC is."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        identity, state = super().new_resource(args)
        return identity, {**state, "arn": f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/{args.name}"}


def network(args: NetworkArgs, *, preview: bool = False) -> Recorder:
    return declared(lambda: Network("net", args), Account(), preview=preview)


@pytest.fixture(scope="module")
def opened() -> Recorder:
    return network(ARGS)


@pytest.fixture(scope="module")
def closed() -> Recorder:
    return network(CLOSED)


def of(seen: Recorder, kind: str) -> dict[str, Mapping[str, object]]:
    """Inputs of each resource of a type, by its name without that of the network."""
    return {one.name.removeprefix("net-"): one.inputs for one in seen.of(kind)}


def routes_out(seen: Recorder) -> dict[str, object]:
    """Route table -> the NAT gateway that its default route leads to."""
    routes = of(seen, "aws:ec2/route:Route").values()
    assert {route["destinationCidrBlock"] for route in routes} <= {"0.0.0.0/0"}
    return {str(route["routeTableId"]): route["natGatewayId"] for route in routes}


def table_of(seen: Recorder, subnet: str) -> str:
    """The route table of a subnet."""
    (found,) = (
        one["routeTableId"]
        for one in of(seen, "aws:ec2/routeTableAssociation:RouteTableAssociation").values()
        if one["subnetId"] == f"net-{subnet}-id"
    )
    return str(found)


def services(seen: Recorder, kind: str) -> set[str]:
    endpoints = of(seen, "aws:ec2/vpcEndpoint:VpcEndpoint").values()
    return {str(one["serviceName"]) for one in endpoints if one["vpcEndpointType"] == kind}


def test_nodes_never_joined_as_private_subnets_had_no_way_out(opened: Recorder) -> None:
    """A1."""
    gateways = of(opened, "aws:ec2/natGateway:NatGateway")
    for zone in ZONES:
        assert routes_out(opened)[table_of(opened, f"private-{zone}")] == f"net-nat-{zone}-id"
        assert gateways[f"nat-{zone}"]["subnetId"] == f"net-public-{zone}-id"
        assert gateways[f"nat-{zone}"]["allocationId"] == f"net-nat-{zone}-id"
        assert table_of(opened, f"public-{zone}") == "net-public-id"
    (public,) = (one for name, one in of(opened, "aws:ec2/routeTable:RouteTable").items() if name == "public")
    assert public["routes"] == [{"cidrBlock": "0.0.0.0/0", "gatewayId": "net-igw-id"}]


def test_every_resource_is_called_after_its_network(closed: Recorder) -> None:
    assert all(one.name == "net" or one.name.startswith("net-") for one in closed.seen)


def test_one_nat_gateway_serves_every_zone_from_the_first() -> None:
    seen = network({**ARGS, "nat": "one"})
    assert list(of(seen, "aws:ec2/natGateway:NatGateway")) == ["nat-us-east-1a"]
    assert list(of(seen, "aws:ec2/eip:Eip")) == ["nat-us-east-1a"]
    assert set(routes_out(seen).values()) == {"net-nat-us-east-1a-id"}
    assert len(routes_out(seen)) == len(ZONES)


def test_a_zone_given_up_takes_its_nat_gateway_with_it() -> None:
    zones = ["us-east-1a", "us-east-1b", "-", "us-east-1d"]
    seen = network({**ARGS, "zones": zones})
    assert set(of(seen, "aws:ec2/natGateway:NatGateway")) == {f"nat-{zone}" for zone in zones if zone != "-"}


def test_private_tables_leave_their_routes_to_resources_of_their_own(opened: Recorder) -> None:
    """Routes within the table and beside it undo each other at every other `up`."""
    tables = of(opened, "aws:ec2/routeTable:RouteTable")
    assert [name for name, table in tables.items() if "routes" in table] == ["public"]


def test_a_closed_network_has_no_way_to_the_internet_or_from_it(closed: Recorder) -> None:
    kinds = set(closed.kinds().values())
    for kind in ("natGateway:NatGateway", "eip:Eip", "internetGateway:InternetGateway", "route:Route"):
        assert f"aws:ec2/{kind}" not in kinds
    assert not [table for table in of(closed, "aws:ec2/routeTable:RouteTable").values() if table.get("routes")]


def test_closing_a_network_moves_no_subnet(opened: Recorder, closed: Recorder) -> None:
    assert of(opened, "aws:ec2/subnet:Subnet") == of(closed, "aws:ec2/subnet:Subnet")


@pytest.mark.parametrize("fixture", ["opened", "closed"])
def test_image_layers_and_checkpoints_reach_s3_from_every_subnet_without_nat(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """A1."""
    seen: Recorder = request.getfixturevalue(fixture)
    assert services(seen, "Gateway") == {"com.amazonaws.us-east-1.s3"}
    s3 = of(seen, "aws:ec2/vpcEndpoint:VpcEndpoint")["s3"]
    assert set(cast("Sequence[str]", s3["routeTableIds"])) == {
        "net-public-id",
        *(f"net-private-{zone}-id" for zone in ZONES),
    }


def test_endpoints_answer_to_the_usual_names_in_every_zone(closed: Recorder) -> None:
    assert services(closed, "Interface") == {f"com.amazonaws.us-east-1.{name}" for name in closed_endpoints()}
    for name in closed_endpoints():
        endpoint = of(closed, "aws:ec2/vpcEndpoint:VpcEndpoint")[name]
        assert endpoint["privateDnsEnabled"] is True
        assert endpoint["securityGroupIds"] == ["net-endpoints-id"]
        assert endpoint["subnetIds"] == [f"net-private-{zone}-id" for zone in ZONES]
    vpc = of(closed, "aws:ec2/vpc:Vpc")["vpc"]
    assert (vpc["enableDnsHostnames"], vpc["enableDnsSupport"]) == (True, True)


def test_endpoints_admit_https_from_every_block_of_the_vpc(opened: Recorder, closed: Recorder) -> None:
    admitted = {
        (rule["cidrIpv4"], rule["ipProtocol"], rule["fromPort"], rule["toPort"])
        for rule in of(closed, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").values()
        if rule["securityGroupId"] == "net-endpoints-id"
    }
    assert admitted == {("10.64.0.0/16", "tcp", 443, 443), ("10.65.0.0/16", "tcp", 443, 443)}
    assert "endpoints" not in of(opened, "aws:ec2/securityGroup:SecurityGroup")


def test_endpoints_in_china_have_the_names_of_its_partition() -> None:
    zones = ["cn-north-1a", "cn-north-1b"]
    seen = network({"cidr": "10.64.0.0/16", "zones": zones, "endpoints": ["ecr.api", "kms"]})
    assert services(seen, "Interface") == {"cn.com.amazonaws.cn-north-1.ecr.api", "com.amazonaws.cn-north-1.kms"}
    assert services(seen, "Gateway") == {"com.amazonaws.cn-north-1.s3"}
    (role,) = of(seen, "aws:iam/role:Role").values()
    assert f"arn:aws-cn:ec2:cn-north-1:{ACCOUNT}:vpc-flow-log/*" in str(role["assumeRolePolicy"])


@pytest.mark.parametrize("made", ["network", "existing"])
def test_efa_traffic_stays_in_the_group_by_rules_that_name_it(made: str, opened: Recorder) -> None:
    seen = opened if made == "network" else declared(lambda: ExistingNetwork("net", EXISTING))
    (group,) = of(seen, "aws:ec2/securityGroup:SecurityGroup").values()
    # Rules within the group are lost when it is replaced (pulumi/pulumi-eks#69).
    assert not {"ingress", "egress"} & set(group)
    rules = {
        name: (rule["ipProtocol"], rule.get("referencedSecurityGroupId"), rule.get("cidrIpv4"))
        for kind in ("Ingress", "Egress")
        for name, rule in of(seen, f"aws:vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule").items()
        if rule["securityGroupId"] == "net-nodes-id"
    }
    assert rules == {
        "nodes-from-nodes": ("-1", "net-nodes-id", None),
        "nodes-to-nodes": ("-1", "net-nodes-id", None),
        "nodes-out": ("-1", None, "0.0.0.0/0"),
    }


def test_the_default_group_admits_nothing(opened: Recorder) -> None:
    (group,) = of(opened, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").values()
    assert (group["vpcId"], group["ingress"], group["egress"]) == ("net-vpc-id", [], [])


def test_every_flow_is_logged_by_a_role_of_this_account_alone(opened: Recorder) -> None:
    (flows,) = of(opened, "aws:ec2/flowLog:FlowLog").values()
    assert (flows["vpcId"], flows["trafficType"]) == ("net-vpc-id", "ALL")
    (logs,) = of(opened, "aws:cloudwatch/logGroup:LogGroup").values()
    assert logs["retentionInDays"] == 90
    (role,) = of(opened, "aws:iam/role:Role").values()
    (statement,) = json.loads(str(role["assumeRolePolicy"]))["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc-flow-log/*"},
    }
    (policy,) = of(opened, "aws:iam/rolePolicy:RolePolicy").values()
    # What arrives late does not bring a destroyed group back.
    assert "CreateLogGroup" not in str(policy["policy"])


def test_flow_logs_are_kept_as_long_as_it_is_said_or_not_made() -> None:
    (logs,) = of(network({**ARGS, "flow_log_days": 365}), "aws:cloudwatch/logGroup:LogGroup").values()
    assert logs["retentionInDays"] == 365
    kinds = set(network({**ARGS, "flow_log_days": 0}).kinds().values())
    assert not {"aws:ec2/flowLog:FlowLog", "aws:cloudwatch/logGroup:LogGroup", "aws:iam/role:Role"} & kinds


def awaited(make: Callable[[], NetworkOutputs]) -> set[str]:
    """What a node group waits for, e.g. `Route private-us-east-1a`."""
    found: set[str] = set()

    def program() -> None:
        for one in make().routes:
            kind, name = str(one.pulumi_resource_type), str(one.pulumi_resource_name)
            found.add(f"{kind.rpartition(':')[2]} {name.removeprefix('net-')}")

    declared(program, Account())
    return found


def test_a_node_group_waits_for_all_that_its_nodes_call_through() -> None:
    """A1: a node that starts before its route calls for ten minutes and gives up."""
    wait = awaited(lambda: Network("net", CLOSED))
    assert {f"VpcEndpoint {name}" for name in ("s3", *closed_endpoints())} <= wait
    assert {f"SecurityGroupIngressRule endpoints-{block}" for block in ("10.64.0.0/16", "10.65.0.0/16")} <= wait
    assert "SecurityGroupIngressRule nodes-from-nodes" in wait
    assert {f"SecurityGroupEgressRule nodes-{to}" for to in ("out", "to-nodes")} <= wait
    assert {f"RouteTableAssociation private-{zone}" for zone in ZONES} <= wait
    assert {f"Route private-{zone}" for zone in ZONES} <= awaited(lambda: Network("net", ARGS))


def test_who_uses_the_group_waits_for_its_rules() -> None:
    """FSx refuses a group that does not admit Lustre yet."""
    found: set[str] = set()

    async def names(output: pulumi.Output[str]) -> None:
        found.update(str(one.pulumi_resource_name) for one in await output.resources())

    declared(lambda: pulumi.Output.from_input(names(Network("net", ARGS).security_group_id)), Account())
    assert {"net-nodes", "net-nodes-from-nodes", "net-nodes-to-nodes", "net-nodes-out"} <= found


def test_an_existing_network_is_used_as_it_is() -> None:
    given = "sg-0123456789abcdef0"
    public = {"us-east-1b": "subnet-000000bb"}
    found: dict[str, object] = {}

    def program() -> None:
        made: NetworkOutputs = ExistingNetwork(
            "net", {**EXISTING, "public_subnet_ids": public, "security_group_id": given}
        )
        found.update(zones=made.zones, routes=made.routes)
        outputs = {
            "vpc": made.vpc_id,
            "private": pulumi.Output.all(*made.private_subnet_ids),
            "public": pulumi.Output.all(*made.public_subnet_ids),
            "group": made.security_group_id,
        }
        pulumi.Output.all(**outputs).apply(found.update)

    seen = declared(program)
    assert list(seen.kinds().values()) == ["aifactory:network:ExistingNetwork"]
    assert found == {
        "zones": ["us-east-1a", "us-east-1b"],
        "routes": [],
        "vpc": "vpc-0123456789abcdef0",
        "private": ["subnet-0000000a", "subnet-0000000b"],
        "public": ["subnet-000000bb"],
        "group": given,
    }


def test_an_existing_network_without_a_group_has_one_made_in_it() -> None:
    seen = declared(lambda: ExistingNetwork("net", EXISTING))
    (group,) = of(seen, "aws:ec2/securityGroup:SecurityGroup").values()
    assert group["vpcId"] == "vpc-0123456789abcdef0"
    assert "aws:ec2/vpc:Vpc" not in seen.kinds().values()
    assert awaited(lambda: ExistingNetwork("net", EXISTING)) == {
        "SecurityGroupIngressRule nodes-from-nodes",
        "SecurityGroupEgressRule nodes-to-nodes",
        "SecurityGroupEgressRule nodes-out",
    }


def test_a_network_is_previewed_before_anything_of_it_exists(closed: Recorder) -> None:
    assert network(CLOSED, preview=True).kinds() == closed.kinds()
