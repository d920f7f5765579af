"""The questions, asked of AWS."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from cli.sweep.questions import Cluster, Interface, Tagged
from cli.sweep.services import Balancers, Fsx, Logs, Tagging
from components import aws_errors
from components.accelerators import AwsAccess
from components.partition import partition_of
from components.preflight.answers import asked

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef, NetworkInterfaceTypeDef
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

Answer = TypeVar("Answer")
# What an id begins with -> the filter of ec2:DescribeNetworkInterfaces by it.
PLACES: Mapping[str, str] = {"vpc-": "vpc-id", "subnet-": "subnet-id", "sg-": "group-id"}
# EC2 API, DescribeNetworkInterfaces: a filter has 200 values at most.
VALUES = 200
# Roles of AWS's own services and of IAM Identity Center: nobody else makes or tags them.
AWS_PATHS = ("/aws-service-role/", "/aws-reserved/")
ENDED = ("shutting-down", "terminated")
DELETED = ("deleting", "deleted")
# elbv2: classic load balancers have no such ARN, and no deletion protection.
BALANCERS = ("loadbalancer/app/", "loadbalancer/net/", "loadbalancer/gwy/")
ABSENT = (
    "ResourceNotFoundException",
    "NotFoundException",
    "FileSystemNotFound",
    "NoSuchBucket",
    "LoadBalancerNotFound",
)


class AwsQuestions:
    """Asks with the caller's own permissions, and gives up in seconds."""

    def __init__(self, access: AwsAccess) -> None:
        self._access = access

    def tagged(self, key: str, value: str = "") -> Sequence[Tagged]:
        pages = self._tagging.get_paginator("get_resources").paginate
        found = asked(
            "tag:GetResources",
            lambda: [
                one
                for page in pages(TagFilters=[{"Key": key, "Values": [value] if value else []}])
                for one in page["ResourceTagMappingList"]
            ],
        )
        return [Tagged(arn=one["ResourceARN"], tags={tag["Key"]: tag["Value"] for tag in one["Tags"]}) for one in found]

    def roles(self, key: str, value: str) -> Sequence[Tagged]:
        pages = self._iam.get_paginator("list_roles").paginate
        listed = asked("iam:ListRoles", lambda: [role for page in pages() for role in page["Roles"]])
        found = [
            Tagged(arn=role["Arn"], tags=self._role_tags(role["RoleName"]))
            for role in listed
            if not role["Path"].startswith(AWS_PATHS)
        ]
        return [one for one in found if one.tags.get(key) == value]

    def _role_tags(self, name: str) -> dict[str, str]:
        found = asked("iam:ListRoleTags", lambda: self._iam.list_role_tags(RoleName=name)["Tags"])
        return {tag["Key"]: tag["Value"] for tag in found}

    def cluster(self, name: str) -> Cluster | None:
        found = _existing("eks:DescribeCluster", lambda: self._eks.describe_cluster(name=name)["cluster"])
        if found is None:
            return None
        pages = self._eks.get_paginator("list_nodegroups").paginate
        groups = asked(
            "eks:ListNodegroups", lambda: [one for page in pages(clusterName=name) for one in page["nodegroups"]]
        )
        return Cluster(
            arn=found.get("arn", ""), protected=found.get("deletionProtection", False), node_groups=tuple(groups)
        )

    def log_groups(self, prefix: str) -> Sequence[str]:
        pages = self._logs.get_paginator("describe_log_groups").paginate
        found = asked(
            "logs:DescribeLogGroups",
            lambda: [one["arn"] for page in pages(logGroupNamePrefix=prefix) for one in page["logGroups"]],
        )
        # Tags are on the group; this is how permissions name its streams.
        return [arn.removesuffix(":*") for arn in found]

    def interfaces(self, places: Sequence[str]) -> Sequence[Interface]:
        found: dict[str, Interface] = {}
        for prefix, name in PLACES.items():
            ids = [place for place in places if place.startswith(prefix)]
            for values in _parts(ids, VALUES):
                for one in self._interfaces([{"Name": name, "Values": values}]):
                    found[one.id] = one
        return list(found.values())

    def _interfaces(self, filters: "list[FilterTypeDef]") -> list[Interface]:
        pages = self._ec2.get_paginator("describe_network_interfaces").paginate
        found = asked(
            "ec2:DescribeNetworkInterfaces",
            lambda: [one for page in pages(Filters=filters) for one in page["NetworkInterfaces"]],
        )
        return [self._interface(one) for one in found]

    def _interface(self, one: "NetworkInterfaceTypeDef") -> Interface:
        identity, region = one.get("NetworkInterfaceId", ""), self._access.region
        instance = one.get("Attachment", {}).get("InstanceId", "")
        return Interface(
            id=identity,
            arn=f"arn:{partition_of(region)}:ec2:{region}:{one.get('OwnerId', '')}:network-interface/{identity}",
            places=frozenset(
                {
                    one.get("VpcId", ""),
                    one.get("SubnetId", ""),
                    *(group.get("GroupId", "") for group in one.get("Groups", [])),
                }
            ),
            user=f"instance {instance}" if instance else one.get("Description", ""),
        )

    def owned_interfaces(self, filesystem: str) -> frozenset[str]:
        found = _existing(
            "fsx:DescribeFileSystems",
            lambda: self._fsx.describe_file_systems(FileSystemIds=[filesystem])["FileSystems"],
        )
        return frozenset(identity for one in found or () for identity in one.get("NetworkInterfaceIds", ()))

    def endings(self, arns: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for arn in arns:
            if ":kms:" in arn and (end := self._key_end(arn)):
                found[arn] = end
        states = {
            **self._instances(_ids(arns, ":instance/")),
            **self._gateways(_ids(arns, ":natgateway/")),
            **self._endpoints(_ids(arns, ":vpc-endpoint/")),
        }
        for arn in arns:
            state = states.get(arn.rpartition("/")[2], "")
            if state:
                found[arn] = f"{state}: EC2 lists it for about an hour"
        return found

    def _key_end(self, arn: str) -> str:
        found = _existing("kms:DescribeKey", lambda: self._kms.describe_key(KeyId=arn)["KeyMetadata"])
        if found is None:
            return "deleted"
        date = found.get("DeletionDate")
        return f"KMS deletes it on {date:%Y-%m-%d}" if found.get("KeyState") == "PendingDeletion" and date else ""

    def _instances(self, ids: list[str]) -> dict[str, str]:
        pages = self._ec2.get_paginator("describe_instances").paginate
        wanted: list[FilterTypeDef] = [{"Name": "instance-state-name", "Values": list(ENDED)}]
        found = (
            asked(
                "ec2:DescribeInstances",
                lambda: [
                    one
                    for page in pages(Filters=wanted)
                    for reservation in page["Reservations"]
                    for one in reservation.get("Instances", [])
                ],
            )
            if ids
            else []
        )
        return {one.get("InstanceId", ""): one.get("State", {}).get("Name", "") for one in found}

    def _gateways(self, ids: list[str]) -> dict[str, str]:
        pages = self._ec2.get_paginator("describe_nat_gateways").paginate
        wanted: list[FilterTypeDef] = [{"Name": "state", "Values": list(DELETED)}]
        found = (
            asked("ec2:DescribeNatGateways", lambda: [g for page in pages(Filters=wanted) for g in page["NatGateways"]])
            if ids
            else []
        )
        return {one.get("NatGatewayId", ""): one.get("State", "") for one in found}

    def _endpoints(self, ids: list[str]) -> dict[str, str]:
        pages = self._ec2.get_paginator("describe_vpc_endpoints").paginate
        wanted: list[FilterTypeDef] = [{"Name": "vpc-endpoint-state", "Values": list(DELETED)}]
        found = (
            asked(
                "ec2:DescribeVpcEndpoints", lambda: [e for page in pages(Filters=wanted) for e in page["VpcEndpoints"]]
            )
            if ids
            else []
        )
        return {one.get("VpcEndpointId", ""): one.get("State", "").lower() for one in found}

    def held(self, arn: str) -> str:
        name = arn.rpartition(":")[2]
        if ":s3:::" in arn:
            found = _existing("s3:ListBucketVersions", lambda: self._s3.list_object_versions(Bucket=name, MaxKeys=1))
            some = found and (found.get("Versions") or found.get("DeleteMarkers"))
            return "it holds objects, or versions of them" if some else ""
        if ":volume/" in arn:
            return self._attached(arn.rpartition("/")[2])
        if any(kind in arn for kind in BALANCERS):
            attributes = _existing(
                "elasticloadbalancing:DescribeLoadBalancerAttributes",
                lambda: self._balancers.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"],
            )
            on = any(one["Key"] == "deletion_protection.enabled" and one["Value"] == "true" for one in attributes or ())
            return "its deletion protection is on" if on else ""
        return ""

    def _attached(self, volume: str) -> str:
        wanted: list[FilterTypeDef] = [{"Name": "volume-id", "Values": [volume]}]
        found = asked("ec2:DescribeVolumes", lambda: self._ec2.describe_volumes(Filters=wanted)["Volumes"])
        instances = [one.get("InstanceId", "") for volume in found for one in volume.get("Attachments", [])]
        return f"it is attached to {', '.join(instances)}" if instances else ""

    @cached_property
    def _session(self) -> Session:
        return Session(profile=self._access.profile or None)

    @cached_property
    def _tagging(self) -> Tagging:
        return cast("Tagging", self._client("resourcegroupstaggingapi"))

    @cached_property
    def _iam(self) -> "IAMClient":
        return cast("IAMClient", self._client("iam"))

    @cached_property
    def _eks(self) -> "EKSClient":
        return cast("EKSClient", self._client("eks"))

    @cached_property
    def _ec2(self) -> "EC2Client":
        return cast("EC2Client", self._client("ec2"))

    @cached_property
    def _kms(self) -> "KMSClient":
        return cast("KMSClient", self._client("kms"))

    @cached_property
    def _s3(self) -> "S3Client":
        return cast("S3Client", self._client("s3"))

    @cached_property
    def _logs(self) -> Logs:
        return cast("Logs", self._client("logs"))

    @cached_property
    def _fsx(self) -> Fsx:
        return cast("Fsx", self._client("fsx"))

    @cached_property
    def _balancers(self) -> Balancers:
        return cast("Balancers", self._client("elbv2"))

    def _client(self, service: str) -> object:
        access = self._access
        config = Config(
            connect_timeout=5,
            read_timeout=30,
            # Throttled calls are repeated: there is one for each role of the account.
            retries={"max_attempts": 0 if access.endpoint else 8, "mode": "standard"},
            s3={"addressing_style": "path"} if access.endpoint else None,
        )

        def made() -> object:
            client = self._session.create_client(
                service, region_name=access.region, endpoint_url=access.endpoint or None, config=config
            )
            return cast("object", client)

        return asked(service, made)


def _existing(call: str, ask: Callable[[], Answer]) -> Answer | None:
    """The answer, None where what was asked about does not exist any more."""

    def answer() -> Answer | None:
        try:
            return ask()
        except ClientError as error:
            if aws_errors.code(error) in ABSENT:
                return None
            raise

    return asked(call, answer)


def _parts(values: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _ids(arns: Sequence[str], kind: str) -> list[str]:
    return [arn.rpartition("/")[2] for arn in arns if kind in arn]
