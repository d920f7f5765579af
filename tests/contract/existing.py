"""All that stands behind the plugins, whether a state knows of it or not."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from components.object_store.resources import BUCKET, OBJECT
from host.documents import mapping, sequence, text
from lab.plugins.aws.blocks import blocks
from lab.plugins.aws.provider import AwsPlugin

SERVICES = ("ec2", "eks", "fsx", "iam", "kms", "s3", "sts")
REGION = "us-east-1"

# EC2's operation -> key of the list, of the id, and the type.
NETWORK = {
    "describe_vpcs": ("Vpcs", "VpcId", "aws:ec2/vpc:Vpc"),
    "describe_subnets": ("Subnets", "SubnetId", "aws:ec2/subnet:Subnet"),
    "describe_internet_gateways": (
        "InternetGateways",
        "InternetGatewayId",
        "aws:ec2/internetGateway:InternetGateway",
    ),
    "describe_launch_templates": ("LaunchTemplates", "LaunchTemplateId", "aws:ec2/launchTemplate:LaunchTemplate"),
}

CloudResource = tuple[str, str]
"""Type and id."""


def plugin_for(endpoint: str) -> AwsPlugin:
    """The plugin, pointed at a moto: its calls are what is listed by."""
    plugin = AwsPlugin()
    plugin.configure({"region": REGION, "endpoints": [dict.fromkeys(SERVICES, endpoint)]})
    return plugin


def existing(aws: AwsPlugin) -> set[CloudResource]:
    """Everything there is now, what AWS itself put there from the start included."""
    return {*_network(aws), *_rest(aws)}


def _network(aws: AwsPlugin) -> Iterator[CloudResource]:
    for operation, (key, identity, kind) in NETWORK.items():
        for item in sequence(aws.call("ec2", operation).get(key)):
            yield kind, text(mapping(item).get(identity))
    for item in sequence(aws.call("ec2", "describe_vpcs").get("Vpcs")):
        for block in blocks(mapping(item)):
            yield "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", text(block.get("AssociationId"))
    for item in sequence(aws.call("ec2", "describe_security_groups").get("SecurityGroups")):
        # Every VPC has a group and a main table of its own, which end with it.
        if mapping(item).get("GroupName") != "default":
            yield "aws:ec2/securityGroup:SecurityGroup", text(mapping(item).get("GroupId"))
    for item in sequence(aws.call("ec2", "describe_route_tables").get("RouteTables")):
        links = [mapping(link) for link in sequence(mapping(item).get("Associations"))]
        if not any(link.get("Main") for link in links):
            yield "aws:ec2/routeTable:RouteTable", text(mapping(item).get("RouteTableId"))
        for link in links:
            if not link.get("Main"):
                yield "aws:ec2/routeTableAssociation:RouteTableAssociation", text(link.get("RouteTableAssociationId"))


def _rest(aws: AwsPlugin) -> Iterator[CloudResource]:
    for item in sequence(aws.call("iam", "list_roles").get("Roles")):
        name = text(mapping(item).get("RoleName"))
        yield "aws:iam/role:Role", name
        for policy in sequence(aws.call("iam", "list_attached_role_policies", RoleName=name).get("AttachedPolicies")):
            arn = mapping(policy).get("PolicyArn")
            yield "aws:iam/rolePolicyAttachment:RolePolicyAttachment", f"{name}/{arn}"
    for item in sequence(aws.call("kms", "list_keys").get("Keys")):
        identity = text(mapping(item).get("KeyId"))
        metadata = mapping(aws.call("kms", "describe_key", KeyId=identity).get("KeyMetadata"))
        if metadata.get("KeyState") != "PendingDeletion":
            yield "aws:kms/key:Key", identity
    for item in sequence(aws.call("s3", "list_buckets").get("Buckets")):
        yield "aws:s3/bucket:Bucket", text(mapping(item).get("Name"))
    for cluster in map(text, sequence(aws.call("eks", "list_clusters").get("clusters"))):
        yield "aws:eks/cluster:Cluster", cluster
        for group in map(text, sequence(aws.call("eks", "list_nodegroups", clusterName=cluster).get("nodegroups"))):
            yield "aws:eks/nodeGroup:NodeGroup", f"{cluster}:{group}"


class Store(Protocol):
    """The part of boto3's S3 client that is used here."""

    def list_buckets(self) -> Mapping[str, list[Mapping[str, str]]]: ...
    def list_objects_v2(self, *, Bucket: str) -> Mapping[str, list[Mapping[str, str]]]: ...
    def put_bucket_versioning(self, *, Bucket: str, VersioningConfiguration: Mapping[str, str]) -> object: ...


def stored(store: Store) -> Iterator[CloudResource]:
    """Every bucket of a store, and every object."""
    for bucket in store.list_buckets()["Buckets"]:
        yield BUCKET, bucket["Name"]
        for one in store.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            yield OBJECT, f"{bucket['Name']}/{one['Key']}"
