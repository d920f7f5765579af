"""The types of AWS's services of which no stubs are installed: what is read of them, and no more."""

from collections.abc import Iterable, Sequence
from typing import Literal, NotRequired, Protocol, TypedDict


class Tag(TypedDict):
    """resourcegroupstaggingapi, Tag."""

    Key: str
    Value: str


class TagFilter(TypedDict):
    """resourcegroupstaggingapi, TagFilter."""

    Key: str
    Values: Sequence[str]


class TaggedResource(TypedDict):
    """resourcegroupstaggingapi, ResourceTagMapping."""

    ResourceARN: str
    Tags: Sequence[Tag]


class TaggedPage(TypedDict):
    """resourcegroupstaggingapi:GetResources."""

    ResourceTagMappingList: Sequence[TaggedResource]


class TaggedPages(Protocol):
    def paginate(self, *, TagFilters: Sequence[TagFilter]) -> Iterable[TaggedPage]: ...


class Tagging(Protocol):
    """botocore's client of `resourcegroupstaggingapi`."""

    def get_paginator(self, operation_name: Literal["get_resources"]) -> TaggedPages: ...


class LogGroup(TypedDict):
    """logs, LogGroup."""

    arn: str


class LogGroupPage(TypedDict):
    """logs:DescribeLogGroups."""

    logGroups: Sequence[LogGroup]


class LogGroupPages(Protocol):
    def paginate(self, *, logGroupNamePrefix: str) -> Iterable[LogGroupPage]: ...


class Logs(Protocol):
    """botocore's client of `logs`."""

    def get_paginator(self, operation_name: Literal["describe_log_groups"]) -> LogGroupPages: ...


class FileSystem(TypedDict):
    """fsx, FileSystem."""

    NetworkInterfaceIds: NotRequired[Sequence[str]]


class FileSystems(TypedDict):
    """fsx:DescribeFileSystems."""

    FileSystems: Sequence[FileSystem]


class Fsx(Protocol):
    """botocore's client of `fsx`."""

    def describe_file_systems(self, *, FileSystemIds: Sequence[str]) -> FileSystems: ...


class Attribute(TypedDict):
    """elbv2, LoadBalancerAttribute."""

    Key: str
    Value: str


class Attributes(TypedDict):
    """elbv2:DescribeLoadBalancerAttributes."""

    Attributes: Sequence[Attribute]


class Balancers(Protocol):
    """botocore's client of `elbv2`."""

    def describe_load_balancer_attributes(self, *, LoadBalancerArn: str) -> Attributes: ...
