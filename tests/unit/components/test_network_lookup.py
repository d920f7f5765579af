"""An existing network, asked of EC2: moto answers as EC2 does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pytest

from components.accelerators import AwsAccess, Unanswered
from components.ec2 import ec2_of
from components.network.args import ExistingNetworkArgs
from components.network.endpoints import Feature, closed_endpoints
from components.network.lookup import check_existing_network
from components.violations import SpecError, Violation
from components.zones import check_zones
from tests.local_moto import local_moto

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef

REGION, ZONES = "us-east-1", ("us-east-1a", "us-east-1b")


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with local_moto() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@dataclass
class Site:
    """A VPC as its owner made it: DNS is on, and its main table leads to a NAT gateway."""

    ec2: "EC2Client"
    access: AwsAccess
    vpc: str = ""
    table: str = ""
    subnets: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def made(cls, endpoint: str, *, prefix: int = 24) -> "Site":
        access = AwsAccess(region=REGION, endpoint=endpoint)
        ec2 = ec2_of(access)
        site = cls(ec2, access, ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"].get("VpcId", ""))
        ec2.modify_vpc_attribute(VpcId=site.vpc, EnableDnsSupport={"Value": True})
        ec2.modify_vpc_attribute(VpcId=site.vpc, EnableDnsHostnames={"Value": True})
        for index, zone in enumerate(ZONES):
            made = ec2.create_subnet(VpcId=site.vpc, CidrBlock=f"10.0.{index}.0/{prefix}", AvailabilityZone=zone)
            site.subnets[zone] = made["Subnet"].get("SubnetId", "")
        (main,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [site.vpc]}])["RouteTables"]
        site.table = main.get("RouteTableId", "")
        return site

    def nat(self) -> "Site":
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        gateway = self.ec2.create_nat_gateway(SubnetId=self.subnets[ZONES[0]], AllocationId=address)["NatGateway"]
        self.ec2.create_route(
            RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway.get("NatGatewayId", "")
        )
        return self

    def endpoints(self, *services: str) -> "Site":
        for service in services:
            kind = "Gateway" if service == "s3" else "Interface"
            name = f"com.amazonaws.{REGION}.{service}"
            tables = [self.table] if service == "s3" else []
            self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=name, VpcEndpointType=kind, RouteTableIds=tables)
        return self

    def args(self) -> ExistingNetworkArgs:
        return {"vpc_id": self.vpc, "private_subnet_ids": self.subnets}

    def check(self, args: ExistingNetworkArgs | None = None, *features: Feature) -> None:
        check_existing_network(args or self.args(), features, self.access)

    def refused(self, args: ExistingNetworkArgs | None = None, *features: Feature) -> list[Violation]:
        with pytest.raises(SpecError) as caught:
            self.check(args, *features)
        assert caught.value.component == "ExistingNetwork"
        return list(caught.value.violations)


@pytest.fixture(scope="module")
def site(moto: str) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        yield Site.made(moto).nat()


def test_a_network_with_nat_is_taken(site: Site) -> None:
    site.check()


def test_a_vpc_that_the_region_lacks_is_refused(site: Site) -> None:
    (violation,) = site.refused({**site.args(), "vpc_id": "vpc-0123456789abcdef0"})
    assert (violation.path, violation.value) == ("vpc_id", "vpc-0123456789abcdef0")
    assert violation.rule == "EC2 in us-east-1 knows no such VPC"
    assert violation.remedy == "aws ec2 describe-vpcs --region us-east-1"


def test_nodes_do_not_find_their_cluster_without_dns(moto: str) -> None:
    """A1."""
    site = Site.made(moto).nat()
    site.ec2.modify_vpc_attribute(VpcId=site.vpc, EnableDnsHostnames={"Value": False})
    (violation,) = site.refused()
    assert (violation.path, violation.value) == ("vpc_id", site.vpc)
    assert "has enable-dns-hostnames on" in violation.rule
    assert violation.remedy == f"aws ec2 modify-vpc-attribute --vpc-id {site.vpc} --enable-dns-hostnames"


def test_a_subnet_of_another_vpc_is_refused(site: Site, moto: str) -> None:
    other = Site.made(moto).subnets[ZONES[1]]
    (violation,) = site.refused({**site.args(), "private_subnet_ids": {**site.subnets, ZONES[1]: other}})
    assert (violation.path, violation.value) == (f"private_subnet_ids.{ZONES[1]}", other)
    assert violation.rule == f"a subnet of the network is one of {site.vpc}"
    assert violation.remedy == f"aws ec2 describe-subnets --filters Name=vpc-id,Values={site.vpc}"


def test_a_subnet_in_another_zone_than_it_is_said_is_refused(site: Site) -> None:
    public = {ZONES[0]: site.subnets[ZONES[1]]}
    (violation,) = site.refused({**site.args(), "public_subnet_ids": public})
    assert (violation.path, violation.value) == (f"public_subnet_ids.{ZONES[0]}", site.subnets[ZONES[1]])
    assert violation.rule == "a subnet is given by its own zone, and this one's is us-east-1b"
    assert violation.remedy == "write public_subnet_ids.us-east-1b"


def test_a_control_plane_finds_too_few_addresses(moto: str) -> None:
    site = Site.made(moto, prefix=28).nat()
    for _ in range(6):
        site.ec2.create_network_interface(SubnetId=site.subnets[ZONES[1]])
    (violation,) = site.refused()
    assert (violation.path, violation.value) == (f"private_subnet_ids.{ZONES[1]}", site.subnets[ZONES[1]])
    assert violation.rule == "the control plane needs 6 free addresses in each of its subnets, and here are 5"
    assert violation.remedy == "name a subnet with more; 16 are recommended"


def test_nodes_never_join_from_a_subnet_that_leads_nowhere(moto: str) -> None:
    """A1."""
    site = Site.made(moto)
    # It serves what has a public address, and a node has none.
    gateway = site.ec2.create_internet_gateway()["InternetGateway"].get("InternetGatewayId", "")
    site.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=site.vpc)
    site.ec2.create_route(RouteTableId=site.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    found = site.refused()
    assert [violation.path for violation in found] == [f"private_subnet_ids.{zone}" for zone in ZONES]
    assert found[0].value == site.subnets[ZONES[0]]
    assert "here is neither: without ec2, ecr.api" in found[0].rule
    assert "add a default route to a NAT or transit gateway" in found[0].remedy


def test_a_closed_vpc_is_taken_with_the_endpoints_of_its_features(moto: str) -> None:
    site = Site.made(moto).endpoints("s3", *closed_endpoints())
    site.check()
    violation, _ = site.refused(None, "karpenter")
    assert violation.rule.endswith("here is neither: without sqs, ssm")


def test_a_subnet_is_judged_by_its_own_route_table(site: Site) -> None:
    table = site.ec2.create_route_table(VpcId=site.vpc)["RouteTable"].get("RouteTableId", "")
    link = site.ec2.associate_route_table(RouteTableId=table, SubnetId=site.subnets[ZONES[1]])["AssociationId"]
    (violation,) = site.refused()
    assert violation.path == f"private_subnet_ids.{ZONES[1]}"
    site.ec2.disassociate_route_table(AssociationId=link)
    site.check()


def test_an_endpoint_of_s3_serves_the_tables_that_it_is_in(moto: str) -> None:
    """A1: layers of images are in S3."""
    site = Site.made(moto).endpoints("s3", *closed_endpoints())
    table = site.ec2.create_route_table(VpcId=site.vpc)["RouteTable"].get("RouteTableId", "")
    site.ec2.associate_route_table(RouteTableId=table, SubnetId=site.subnets[ZONES[1]])
    (violation,) = site.refused()
    assert violation.path == f"private_subnet_ids.{ZONES[1]}"
    assert violation.rule.endswith("here is neither: without s3")
    assert table in violation.remedy


def test_efa_needs_a_group_whose_rules_name_it(site: Site) -> None:
    """An egress rule to all addresses, which AWS gives to every group, does not count for EFA."""
    group = site.ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=site.vpc)["GroupId"]
    args: ExistingNetworkArgs = {**site.args(), "security_group_id": group}
    within, out = site.refused(args)
    assert (within.path, within.value, out.value) == ("security_group_id", group, group)
    assert "all traffic from itself" in within.rule
    assert "authorize-security-group-ingress" in within.remedy
    assert "all traffic to itself" in out.rule
    assert "authorize-security-group-egress" in out.remedy
    rule: IpPermissionTypeDef = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    site.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    site.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])
    site.check(args)


def test_a_group_of_another_vpc_is_refused(site: Site, moto: str) -> None:
    other = Site.made(moto)
    group = other.ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=other.vpc)["GroupId"]
    (violation,) = site.refused({**site.args(), "security_group_id": group})
    assert (violation.path, violation.value) == ("security_group_id", group)
    assert violation.rule == f"the group of the nodes is one of {site.vpc}"
    assert violation.remedy == f"aws ec2 describe-security-groups --filters Name=vpc-id,Values={site.vpc}"


def test_a_control_plane_is_refused_in_a_zone_where_eks_cannot_be(site: Site) -> None:
    """C8: use1-az3, whatever its name is in an account. Nodes may be there."""
    with pytest.raises(SpecError) as caught:
        check_zones(["us-east-1a", "us-east-1e", "us-east-1b"], site.access)
    (violation,) = caught.value.violations
    assert (violation.path, violation.value) == ("zones", "us-east-1e")
    assert violation.rule == "EKS has no control plane in it: it is use1-az3 in this account"
    assert violation.remedy.startswith("one of us-east-1a, us-east-1b, us-east-1c")
    assert "us-east-1e" not in violation.remedy
    check_zones(["us-east-1a", "us-east-1b", "us-east-1e"], site.access)


def test_a_network_that_cannot_be_asked_is_not_called_wrong(site: Site) -> None:
    with pytest.raises(Unanswered, match="did not say"):
        check_existing_network(site.args(), (), AwsAccess(region=REGION, endpoint="http://127.0.0.1:1"))


def test_a_vpc_that_is_known_only_later_is_not_asked_for(site: Site) -> None:
    later: ExistingNetworkArgs = {**site.args(), "vpc_id": pulumi.Output.from_input("vpc-later")}
    check_existing_network(later, (), AwsAccess(region=REGION, endpoint="http://127.0.0.1:1"))
