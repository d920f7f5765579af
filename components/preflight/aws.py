"""The questions, asked of AWS."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.session import Session

from components.accelerators import AwsAccess
from components.preflight.answers import asked, known
from components.preflight.questions import (
    Caller,
    OwnNode,
    Quota,
    Release,
    Reservation,
    TypeFacts,
    Vpc,
    Zone,
)
from components.preflight.services import CloudWatch, QuotaDescription, ServiceQuotas

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import InstanceTypeType
    from mypy_boto3_ec2.type_defs import DescribeVpcEndpointServicesResultTypeDef, FilterTypeDef
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_sts import STSClient

LIVE_PEERINGS = ("active", "provisioning", "pending-acceptance")
LIVE_ATTACHMENTS = ("available", "pending", "modifying", "pendingAcceptance")


class AwsQuestions:
    """Asks with the caller's own permissions, each question once, and gives up in seconds."""

    def __init__(self, access: AwsAccess) -> None:
        self._access = access
        self._making = Lock()

    def caller(self) -> Caller:
        found = asked("sts:GetCallerIdentity", lambda: self._sts.get_caller_identity())
        return Caller(account=found["Account"], arn=found["Arn"])

    def zones(self) -> Sequence[Zone]:
        found = asked(
            "ec2:DescribeAvailabilityZones", lambda: self.ec2.describe_availability_zones(AllAvailabilityZones=True)
        )
        return [
            Zone(
                name=zone.get("ZoneName", ""),
                id=zone.get("ZoneId", ""),
                kind=zone.get("ZoneType", "availability-zone"),
            )
            for zone in found["AvailabilityZones"]
        ]

    def offered(self, instance_type: str) -> frozenset[str]:
        pages = self.ec2.get_paginator("describe_instance_type_offerings").paginate
        wanted: list[FilterTypeDef] = [{"Name": "instance-type", "Values": [instance_type]}]
        found = asked(
            "ec2:DescribeInstanceTypeOfferings",
            lambda: [
                one.get("Location", "")
                for page in pages(LocationType="availability-zone", Filters=wanted)
                for one in page["InstanceTypeOfferings"]
            ],
        )
        return frozenset(found)

    def type_facts(self, instance_type: str) -> TypeFacts | None:
        named = cast("list[InstanceTypeType]", [instance_type])
        found = known(
            "ec2:DescribeInstanceTypes",
            lambda: self.ec2.describe_instance_types(InstanceTypes=named)["InstanceTypes"],
        )
        if not found:
            return None
        network = found[0].get("NetworkInfo", {})
        efa = network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 1) if network.get("EfaSupported") else 0
        return TypeFacts(markets=frozenset(found[0].get("SupportedUsageClasses", ["on-demand"])), most_efa=efa)

    def quota(self, code: str) -> Quota | None:
        found = known(
            "servicequotas:GetServiceQuota",
            lambda: self._quotas.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"],
        )
        # A quota that was never raised has only AWS's default.
        found = found or known(
            "servicequotas:GetAWSDefaultServiceQuota",
            lambda: self._quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"],
        )
        return _quota(found) if found else None

    def quota_named(self, words: Sequence[str]) -> Quota | None:
        pages = self._quotas.get_paginator("list_service_quotas").paginate
        found = asked(
            "servicequotas:ListServiceQuotas",
            lambda: [
                quota
                for page in pages(ServiceCode="ec2")
                for quota in page["Quotas"]
                if all(re.search(rf"\b{re.escape(word)}\b", quota["QuotaName"], re.IGNORECASE) for word in words)
            ],
        )
        return _quota(found[0]) if len(found) == 1 else None

    def used(self, quota: Quota) -> float | None:
        if quota.metric is None:
            return None
        namespace, name, dimensions = quota.metric
        now = datetime.now(UTC)
        found = asked(
            "cloudwatch:GetMetricStatistics",
            lambda: self._metrics.get_metric_statistics(
                Namespace=namespace,
                MetricName=name,
                Dimensions=[{"Name": key, "Value": value} for key, value in dimensions],
                # AWS publishes it about every five minutes.
                StartTime=now - timedelta(minutes=30),
                EndTime=now,
                Period=300,
                Statistics=["Maximum"],
            )["Datapoints"],
        )
        # Nothing is published where nothing runs.
        return max(found, key=lambda point: point["Timestamp"])["Maximum"] if found else 0.0

    def own_nodes(self, cluster: str) -> Sequence[OwnNode]:
        pages = self.ec2.get_paginator("describe_instances").paginate
        wanted: list[FilterTypeDef] = [
            # Managed groups, Karpenter and nodes that join by themselves all carry it (EKS user guide, "Self-managed nodes").
            {"Name": "tag-key", "Values": [f"kubernetes.io/cluster/{cluster}"]},
            {"Name": "instance-state-name", "Values": ["pending", "running"]},
        ]
        found = asked(
            "ec2:DescribeInstances",
            lambda: [
                instance
                for page in pages(Filters=wanted)
                for reservation in page["Reservations"]
                for instance in reservation.get("Instances", [])
            ],
        )
        return [
            OwnNode(
                instance_type=one.get("InstanceType", ""),
                vcpus=one.get("CpuOptions", {}).get("CoreCount", 0)
                * one.get("CpuOptions", {}).get("ThreadsPerCore", 1),
                market=one.get("InstanceLifecycle", ""),
                reservation=one.get("CapacityReservationId", ""),
            )
            for one in found
        ]

    def reservation(self, name: str) -> Reservation | None:
        found = known(
            "ec2:DescribeCapacityReservations",
            lambda: self.ec2.describe_capacity_reservations(CapacityReservationIds=[name])["CapacityReservations"],
        )
        if not found:
            return None
        one = found[0]
        return Reservation(
            id=name,
            instance_type=one.get("InstanceType", ""),
            zone=one.get("AvailabilityZone", ""),
            platform=one.get("InstancePlatform", ""),
            tenancy=one.get("Tenancy", "default"),
            state=one.get("State", ""),
            block=one.get("ReservationType", "default") == "capacity-block",
            total=one.get("TotalInstanceCount", 0),
            available=one.get("AvailableInstanceCount", 0),
            starts=one.get("StartDate"),
            ends=one.get("EndDate"),
        )

    def vpcs(self) -> Sequence[Vpc]:
        pages = self.ec2.get_paginator("describe_vpcs").paginate
        own = asked("ec2:DescribeVpcs", lambda: [vpc for page in pages() for vpc in page["Vpcs"]])
        blocks = {
            vpc.get("VpcId", ""): tuple(
                one.get("CidrBlock", "")
                for one in vpc.get("CidrBlockAssociationSet", [])
                if one.get("CidrBlockState", {}).get("State", "associated") == "associated"
            )
            for vpc in own
        }
        connected = self._attached()
        for name, sides in self._peerings().items():
            for side, cidrs in sides.items():
                connected[side] = name
                # The other side may be another account's or region's.
                blocks.setdefault(side, cidrs)
        return [Vpc(id=name, cidrs=cidrs, connected=connected.get(name, "")) for name, cidrs in blocks.items()]

    def _attached(self) -> dict[str, str]:
        """VPC -> the transit gateway that it is attached to."""
        pages = self.ec2.get_paginator("describe_transit_gateway_vpc_attachments").paginate
        found = asked(
            "ec2:DescribeTransitGatewayVpcAttachments",
            lambda: [one for page in pages() for one in page["TransitGatewayVpcAttachments"]],
        )
        return {
            one.get("VpcId", ""): one.get("TransitGatewayId", "")
            for one in found
            if one.get("State", "available") in LIVE_ATTACHMENTS
        }

    def _peerings(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Peering connection -> the blocks of each of its two VPCs."""
        pages = self.ec2.get_paginator("describe_vpc_peering_connections").paginate
        found = asked(
            "ec2:DescribeVpcPeeringConnections",
            lambda: [one for page in pages() for one in page["VpcPeeringConnections"]],
        )
        return {
            one.get("VpcPeeringConnectionId", ""): {
                side.get("VpcId", ""): tuple(block.get("CidrBlock", "") for block in side.get("CidrBlockSet", []))
                for side in (one.get("AccepterVpcInfo", {}), one.get("RequesterVpcInfo", {}))
            }
            for one in found
            if one.get("Status", {}).get("Code", "active") in LIVE_PEERINGS
        }

    def releases(self) -> Sequence[Release]:
        pages = self._eks.get_paginator("describe_cluster_versions").paginate
        found = asked(
            "eks:DescribeClusterVersions", lambda: [one for page in pages() for one in page["clusterVersions"]]
        )
        return [
            Release(
                version=one.get("clusterVersion", ""),
                support=one.get("versionStatus", ""),
                ends=one.get("endOfStandardSupportDate"),
            )
            for one in found
        ]

    def addon_versions(self, addon: str, version: str) -> Sequence[str]:
        pages = self._eks.get_paginator("describe_addon_versions").paginate
        found = known(
            "eks:DescribeAddonVersions",
            lambda: [
                one.get("addonVersion", "")
                for page in (pages(addonName=addon, kubernetesVersion=version) if version else pages(addonName=addon))
                for named in page["addons"]
                for one in named.get("addonVersions", [])
            ],
        )
        return found or []

    def endpoint_zones(self, services: Sequence[str]) -> Mapping[str, frozenset[str]]:
        # All of them are asked for: a list that names one that does not exist is refused as a whole.
        found: dict[str, frozenset[str]] = {}
        page = self._services("")
        while True:
            for one in page["ServiceDetails"]:
                if any(kind.get("ServiceType") == "Interface" for kind in one.get("ServiceType", [])):
                    found[one.get("ServiceName", "")] = frozenset(one.get("AvailabilityZones", []))
            if not page.get("NextToken"):
                break
            page = self._services(page.get("NextToken", ""))
        # `com.amazonaws.us-east-1.ecr.api`; in China `cn.com.amazonaws.` stands before.
        return {
            service: zones
            for service in services
            for name, zones in found.items()
            if name.endswith(f".{self._access.region}.{service}")
        }

    def _services(self, token: str) -> "DescribeVpcEndpointServicesResultTypeDef":
        return asked(
            "ec2:DescribeVpcEndpointServices",
            lambda: (
                self.ec2.describe_vpc_endpoint_services(NextToken=token)
                if token
                else self.ec2.describe_vpc_endpoint_services()
            ),
        )

    @cached_property
    def _session(self) -> Session:
        return Session(profile=self._access.profile or None)

    @cached_property
    def _sts(self) -> "STSClient":
        return cast("STSClient", self._client("sts"))

    @cached_property
    def ec2(self) -> "EC2Client":
        return cast("EC2Client", self._client("ec2"))

    @cached_property
    def _eks(self) -> "EKSClient":
        return cast("EKSClient", self._client("eks"))

    @cached_property
    def _quotas(self) -> ServiceQuotas:
        return cast("ServiceQuotas", self._client("service-quotas"))

    @cached_property
    def _metrics(self) -> CloudWatch:
        return cast("CloudWatch", self._client("cloudwatch"))

    def _client(self, service: str) -> object:
        access = self._access
        # Throttled calls are repeated (botocore's standard mode). What answers in AWS's place does not throttle, and says 500
        # of what it does not serve, however often it is asked.
        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 0 if access.endpoint else 5, "mode": "standard"},
        )
        # The checks ask at once, and a session makes one client at a time.
        with self._making:
            return asked(service, lambda: self._made(service, config))

    def _made(self, service: str, config: Config) -> object:
        client = self._session.create_client(
            service, region_name=self._access.region, endpoint_url=self._access.endpoint or None, config=config
        )
        return cast("object", client)


def _quota(found: QuotaDescription) -> Quota:
    metric = found.get("UsageMetric")
    return Quota(
        code=found["QuotaCode"],
        name=found["QuotaName"],
        vcpus=found["Value"],
        metric=(metric["MetricNamespace"], metric["MetricName"], tuple(sorted(metric["MetricDimensions"].items())))
        if metric
        else None,
    )
