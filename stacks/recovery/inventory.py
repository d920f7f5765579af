"""What stands in an account, by type: how each type that this project declares is listed, with its tags."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from stacks.recovery.account import Account
from stacks.recovery.tags import STACK

ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
BLOCK = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
BUCKET = "aws:s3/bucket:Bucket"


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudResource:
    """Something in the account."""

    kind: str
    id: str
    tags: dict[str, str]


Lister = Callable[[Account, str], Iterator[CloudResource]]


def _ec2(kind: str, operation: str, key: str, identity: str) -> Lister:
    """EC2 filters by tag by itself."""

    def listed(account: Account, stack: str) -> Iterator[CloudResource]:
        mine = [{"Name": f"tag:{STACK}", "Values": [stack]}]
        for item in account.listed("ec2", operation, key, Filters=mine):
            yield CloudResource(kind=kind, id=str(item[identity]), tags=_tags(item.get("Tags")))

    return listed


def _tags(listed: object, key: str = "Key", value: str = "Value") -> dict[str, str]:
    return {tag[key]: tag[value] for tag in cast("list[dict[str, str]]", listed or [])}


def _roles(account: Account, stack: str) -> Iterator[CloudResource]:
    for role in account.listed("iam", "list_roles", "Roles"):
        if not str(role["Path"]).startswith("/aws-service-role/"):
            name = str(role["RoleName"])
            yield CloudResource(
                kind="aws:iam/role:Role",
                id=name,
                tags=_tags(account.listed("iam", "list_role_tags", "Tags", RoleName=name)),
            )


def _keys(account: Account, stack: str) -> Iterator[CloudResource]:
    for key in account.listed("kms", "list_keys", "Keys"):
        identity = str(key["KeyId"])
        tags = _tags(account.listed("kms", "list_resource_tags", "Tags", KeyId=identity), "TagKey", "TagValue")
        # One that waits for its end is as good as gone; only ours are asked.
        if tags.get(STACK) == stack:
            known = account.one("kms", "describe_key", "KeyMetadata", KeyId=identity)
            if known.get("KeyState") != "PendingDeletion":
                yield CloudResource(kind="aws:kms/key:Key", id=identity, tags=tags)


def _clusters(account: Account, stack: str) -> Iterator[CloudResource]:
    for name in account.names("eks", "list_clusters", "clusters"):
        cluster = account.one("eks", "describe_cluster", "cluster", name=name)
        tags = cast("dict[str, str]", cluster.get("tags") or {})
        yield CloudResource(kind="aws:eks/cluster:Cluster", id=name, tags=tags)
        # A node group of this stack may be of another stack's cluster.
        for group in account.names("eks", "list_nodegroups", "nodegroups", clusterName=name):
            known = account.one("eks", "describe_nodegroup", "nodegroup", clusterName=name, nodegroupName=group)
            yield CloudResource(
                kind="aws:eks/nodeGroup:NodeGroup",
                id=f"{name}:{group}",
                tags=cast("dict[str, str]", known.get("tags") or {}),
            )


def _filesystems(account: Account, stack: str) -> Iterator[CloudResource]:
    for item in account.listed("fsx", "describe_file_systems", "FileSystems"):
        yield CloudResource(
            kind="aws:fsx/lustreFileSystem:LustreFileSystem", id=str(item["FileSystemId"]), tags=_tags(item.get("Tags"))
        )


# Service -> how its things are listed. What one part makes may have been made with the answer of no other, so all are asked.
LISTERS: tuple[tuple[str, Lister], ...] = (
    ("ec2", _ec2("aws:ec2/vpc:Vpc", "describe_vpcs", "Vpcs", "VpcId")),
    ("ec2", _ec2("aws:ec2/subnet:Subnet", "describe_subnets", "Subnets", "SubnetId")),
    (
        "ec2",
        _ec2(
            "aws:ec2/internetGateway:InternetGateway",
            "describe_internet_gateways",
            "InternetGateways",
            "InternetGatewayId",
        ),
    ),
    ("ec2", _ec2("aws:ec2/routeTable:RouteTable", "describe_route_tables", "RouteTables", "RouteTableId")),
    ("ec2", _ec2("aws:ec2/securityGroup:SecurityGroup", "describe_security_groups", "SecurityGroups", "GroupId")),
    (
        "ec2",
        _ec2(
            "aws:ec2/launchTemplate:LaunchTemplate", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"
        ),
    ),
    ("iam", _roles),
    ("kms", _keys),
    ("eks", _clusters),
    ("fsx", _filesystems),
)


def owned(account: Account, stack: str) -> list[CloudResource]:
    """All that carries the stack's tag."""
    return [
        thing
        for service, listed in LISTERS
        if account.has(service)
        for thing in listed(account, stack)
        if thing.tags.get(STACK) == stack
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Association:
    """A subnet's route table: it carries no tags."""

    id: str
    subnet: str
    table: str


def associations(account: Account, tables: list[str]) -> list[Association]:
    """The associations of some route tables with subnets."""
    if not tables or not account.has("ec2"):
        return []
    named = [{"Name": "route-table-id", "Values": tables}]
    return [
        Association(
            id=str(item["RouteTableAssociationId"]), subnet=str(item["SubnetId"]), table=str(item["RouteTableId"])
        )
        for table in account.listed("ec2", "describe_route_tables", "RouteTables", Filters=named)
        for item in cast("list[dict[str, object]]", table.get("Associations") or [])
        if item.get("SubnetId")
    ]


def block_of(account: Account, vpc: str, cidr: str) -> str:
    """The association of a VPC with a further block of addresses; "" where it has none. It carries no tags either."""
    named = [{"Name": "vpc-id", "Values": [vpc]}]
    return next(
        (
            str(block["AssociationId"])
            for item in account.listed("ec2", "describe_vpcs", "Vpcs", Filters=named)
            for block in cast("list[dict[str, object]]", item.get("CidrBlockAssociationSet") or [])
            if block.get("CidrBlock") == cidr
            and cast("dict[str, str]", block.get("CidrBlockState") or {}).get("State") in ("associating", "associated")
        ),
        "",
    )


def attached(account: Account, role: str, policy: str) -> bool:
    """Whether a role has a policy."""
    listed = account.listed("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role)
    return any(item.get("PolicyArn") == policy for item in listed)


def bucket_stands(account: Account, bucket: str) -> bool:
    """Whether a bucket of this name is this account's."""
    return any(item.get("Name") == bucket for item in account.listed("s3", "list_buckets", "Buckets"))
