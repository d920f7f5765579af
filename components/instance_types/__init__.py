"""EC2's own answers about instance types with NVIDIA GPUs, and about common ones of a system pool: `table.json`, an
extract of DescribeInstanceTypes.

What EC2 says of a type does not change while the type exists, so a preview needs neither an account nor a request to
know it. `python -m components.instance_types` makes the extract anew.
"""

import json
from functools import cache
from importlib import resources
from typing import NotRequired, TypedDict, cast


class _Card(TypedDict):
    NetworkCardIndex: int
    MaximumNetworkInterfaces: int
    InterfaceTypes: NotRequired[list[str]]


class _Efa(TypedDict):
    MaximumEfaInterfaces: int


class _Placement(TypedDict):
    SupportedStrategies: list[str]


class _Memory(TypedDict):
    SizeInMiB: int


class Gpu(TypedDict):
    """One kind of GPU of an instance type."""

    Name: str
    Manufacturer: str
    Count: int
    MemoryInfo: _Memory


class _GpuInfo(TypedDict):
    Gpus: list[Gpu]


class _VCpus(TypedDict):
    DefaultVCpus: int


class _Storage(TypedDict):
    TotalSizeInGB: int


class _Network(TypedDict):
    NetworkCards: list[_Card]
    MaximumNetworkInterfaces: int
    Ipv4AddressesPerInterface: NotRequired[int]
    EfaInfo: NotRequired[_Efa]


class _Processor(TypedDict):
    SupportedArchitectures: list[str]


class NodeType(TypedDict):
    """The part of EC2's InstanceTypeInfo that says what a node of the type offers to pods."""

    InstanceType: str
    ProcessorInfo: _Processor
    VCpuInfo: _VCpus
    MemoryInfo: _Memory
    NetworkInfo: _Network
    GpuInfo: NotRequired[_GpuInfo]


class InstanceType(NodeType):
    """The part of EC2's InstanceTypeInfo that is read here."""

    PlacementGroupInfo: _Placement
    SupportedUsageClasses: list[str]
    InstanceStorageInfo: NotRequired[_Storage]


class _Table(TypedDict):
    source: str
    """Who answered, and when."""
    types: dict[str, InstanceType]
    system: dict[str, NodeType]


def known() -> dict[str, InstanceType]:
    """What EC2 says of each type of the extract with NVIDIA GPUs."""
    return _table()["types"]


def system() -> dict[str, NodeType]:
    """What EC2 says of the types of the extract without GPUs."""
    return _table()["system"]


@cache
def _table() -> _Table:
    return cast("_Table", json.loads((resources.files("components.instance_types") / "table.json").read_text()))
