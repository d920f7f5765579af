"""The node groups that EKS holds, with the facts of their instance types."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from components.accelerators import AwsAccess
from components.ec2 import instance_type_of
from components.instance_types import InstanceType
from components.violations import SpecError, Violation
from host.documents import Values, mapping, sequence, text


@dataclass(frozen=True, kw_only=True, slots=True)
class Taint:
    """A taint, with the effect as Kubernetes spells it."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeGroup:
    """One node group of one cluster."""

    arn: str
    """Tells a group from one that had its name before."""
    name: str
    nodes: int
    """Desired count."""
    facts: InstanceType
    zones: tuple[str, ...]
    """Zone of each of its subnets."""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    taints: tuple[Taint, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What EKS holds."""

    groups: tuple[NodeGroup, ...]
    violations: dict[str, str]
    """Name of a group that EC2 knows too little of, e.g. not its instance type -> why."""


class _Pages(Protocol):
    def paginate(self, **arguments: object) -> Iterable[Values]: ...


class _Eks(Protocol):
    def get_paginator(self, operation: str) -> _Pages: ...
    def describe_nodegroup(self, *, clusterName: str, nodegroupName: str) -> Values: ...


class _Ec2(Protocol):
    def describe_subnets(self, *, SubnetIds: list[str]) -> Values: ...
    def describe_launch_template_versions(self, *, LaunchTemplateId: str, Versions: list[str]) -> Values: ...


class Eks:
    """EKS and EC2 of one region. Raises botocore's errors where they do not answer."""

    def __init__(self, access: AwsAccess) -> None:
        session = boto3.Session(profile_name=access.profile or None, region_name=access.region)
        config = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2, "mode": "standard"})
        endpoint = access.endpoint or None
        self._access = access
        self._eks = cast("_Eks", session.client("eks", endpoint_url=endpoint, config=config))
        self._ec2 = cast("_Ec2", session.client("ec2", endpoint_url=endpoint, config=config))
        # Neither changes: a subnet's zone, and a version of a launch template.
        self._zones: dict[str, str] = {}
        self._types: dict[tuple[str, str], str] = {}

    def found(self) -> Found:
        """Every node group of every cluster."""
        groups: list[NodeGroup] = []
        violations: dict[str, str] = {}
        for cluster in self._listed("list_clusters", "clusters"):
            for name in self._listed("list_nodegroups", "nodegroups", clusterName=cluster):
                try:
                    described = self._eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)
                    groups.append(self._group(mapping(described.get("nodegroup"))))
                except (ClientError, SpecError) as error:
                    violations[name] = str(error)
        return Found(groups=tuple(groups), violations=violations)

    def _listed(self, operation: str, of: str, **arguments: object) -> list[str]:
        pages = self._eks.get_paginator(operation).paginate(**arguments)
        return [text(name) for page in pages for name in sequence(page.get(of))]

    def _group(self, described: Values) -> NodeGroup:
        desired = mapping(described.get("scalingConfig")).get("desiredSize")
        subnets = sequence(described.get("subnets"))
        if not subnets:
            raise SpecError("NodeGroup", (Violation("subnets", [], "a node group has 1 subnet or more"),))
        return NodeGroup(
            arn=text(described.get("nodegroupArn")),
            name=text(described.get("nodegroupName")),
            nodes=desired if isinstance(desired, int) else 0,
            facts=instance_type_of(self._instance_type(described), self._access),
            zones=tuple(self._zone(text(subnet)) for subnet in subnets),
            labels={key: text(value) for key, value in mapping(described.get("labels")).items()},
            taints=tuple(_taint(mapping(taint)) for taint in sequence(described.get("taints"))),
        )

    def _instance_type(self, described: Values) -> str:
        """Of the group's launch template, or the first that it names itself: EKS takes one or the other.

        The template first: moto says t3.medium of a group that names none.
        """
        named = next((text(name) for name in sequence(described.get("instanceTypes"))), "")
        template = mapping(described.get("launchTemplate"))
        return (self._of_template(template) if template else "") or named

    def _of_template(self, template: Values) -> str:
        """Its instance type; "" where it leaves that to the group."""
        identity, version = text(template.get("id")), text(template.get("version")) or "$Default"
        known = self._types.get((identity, version))
        if known is None:
            found = self._ec2.describe_launch_template_versions(LaunchTemplateId=identity, Versions=[version])
            data = (
                mapping(mapping(item).get("LaunchTemplateData")) for item in sequence(found["LaunchTemplateVersions"])
            )
            known = next((text(one.get("InstanceType")) for one in data), "")
            # $Default and $Latest are another version each day.
            if version.isdecimal():
                self._types[identity, version] = known
        return known

    def _zone(self, subnet: str) -> str:
        if subnet not in self._zones:
            found = sequence(self._ec2.describe_subnets(SubnetIds=[subnet])["Subnets"])
            self._zones[subnet] = text(mapping(found[0]).get("AvailabilityZone"))
        return self._zones[subnet]


def _taint(taint: Values) -> Taint:
    # NO_SCHEDULE is EKS's spelling of Kubernetes' NoSchedule.
    effect = "".join(word.capitalize() for word in text(taint.get("effect")).split("_"))
    return Taint(key=text(taint.get("key")), value=text(taint.get("value")), effect=effect)
