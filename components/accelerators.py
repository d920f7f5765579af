"""Facts of GPU instance types, asked of EC2 (DescribeInstanceTypes) and never typed in."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from components import aws_errors
from components.faults import Fault, SpecError

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import InstanceTypeType

# What EC2 answers for a type that does not exist, and for one that cannot be a type's name at all.
UNKNOWN_TYPE_CODES = frozenset({"InvalidInstanceType", "InvalidParameterValue", "ValidationError"})


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsAccess:
    """Where to ask AWS, and as whom: names only, never a credential."""

    region: str
    endpoint: str = ""
    """Base URL of the API; AWS's own where empty."""
    profile: str = ""
    """AWS profile; the environment's credentials where empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkCard:
    """One network card of an instance type."""

    index: int
    efa: bool
    """Whether the card can carry EFA; the first card of p6-b300 cannot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accelerator:
    """What one instance type offers to a GPU job."""

    instance_type: str
    gpus: int
    gpu_model: str
    """EC2's name of the GPU, e.g. `H100`."""
    gpu_memory_mib: int
    """Memory of one GPU in MiB."""
    vcpus: int
    memory_mib: int
    """Memory of the machine in MiB."""
    network_cards: tuple[NetworkCard, ...]
    nvme_gb: int
    """Local NVMe in all, in GB; 0 where there is none."""
    arm: bool = False
    """Whether its processor is an Arm, for which images are built apart."""

    @property
    def efa_cards(self) -> int:
        """Count of cards that can carry EFA."""
        return sum(card.efa for card in self.network_cards)


class _Card(TypedDict):
    NetworkCardIndex: int
    InterfaceTypes: NotRequired[list[str]]


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


class _Processor(TypedDict):
    SupportedArchitectures: list[str]


class InstanceType(TypedDict):
    """The part of EC2's InstanceTypeInfo that is read here."""

    InstanceType: str
    ProcessorInfo: _Processor
    VCpuInfo: _VCpus
    MemoryInfo: _Memory
    NetworkInfo: _Network
    GpuInfo: NotRequired[_GpuInfo]
    InstanceStorageInfo: NotRequired[_Storage]


def nvidia_gpus(facts: InstanceType) -> list[Gpu]:
    """The kinds of NVIDIA GPUs that a type has; empty where it has none."""
    return [gpu for gpu in facts.get("GpuInfo", {"Gpus": []})["Gpus"] if gpu["Manufacturer"] == "NVIDIA"]


def arm(facts: InstanceType) -> bool:
    """Whether a type's processor is an Arm, for which images are built apart."""
    return "arm64" in facts["ProcessorInfo"]["SupportedArchitectures"]


def network_cards(facts: InstanceType) -> tuple[NetworkCard, ...]:
    """The network cards of a type, by their index."""
    return tuple(
        NetworkCard(index=card["NetworkCardIndex"], efa="efa" in card.get("InterfaceTypes", []))
        for card in sorted(facts["NetworkInfo"]["NetworkCards"], key=lambda card: card["NetworkCardIndex"])
    )


def accelerator_from(facts: InstanceType) -> Accelerator:
    """Reads EC2's facts. Raises SpecError where the type has no NVIDIA GPU."""
    name = facts["InstanceType"]
    gpus = nvidia_gpus(facts)
    if not gpus:
        raise _refused(name, "a GPU pool is made of instances with NVIDIA GPUs", "choose one of p4, p5, p6, g5, g6 ...")
    return Accelerator(
        instance_type=name,
        gpus=sum(gpu["Count"] for gpu in gpus),
        gpu_model=gpus[0]["Name"],
        gpu_memory_mib=gpus[0]["MemoryInfo"]["SizeInMiB"],
        vcpus=facts["VCpuInfo"]["DefaultVCpus"],
        memory_mib=facts["MemoryInfo"]["SizeInMiB"],
        network_cards=network_cards(facts),
        nvme_gb=facts.get("InstanceStorageInfo", {"TotalSizeInGB": 0})["TotalSizeInGB"],
        arm=arm(facts),
    )


def accelerator_of(instance_type: str, access: AwsAccess) -> Accelerator:
    """Asks EC2 in `access.region`. Raises SpecError for a type that is unknown there or has no NVIDIA GPU, and where EC2
    does not answer.
    """
    return accelerator_from(instance_type_of(instance_type, access))


@lru_cache(maxsize=32)
def instance_type_of(instance_type: str, access: AwsAccess) -> InstanceType:
    """What EC2 in `access.region` says of a type. Raises SpecError where it is unknown there or EC2 does not answer."""
    try:
        found = ec2_of(access).describe_instance_types(InstanceTypes=cast("list[InstanceTypeType]", [instance_type]))
    except ClientError as error:
        if aws_errors.code(error) in UNKNOWN_TYPE_CODES:
            raise _unknown(instance_type, access) from error
        raise unanswered("GpuPool", "instance_type", instance_type, access, error) from error
    except BotoCoreError as error:
        raise unanswered("GpuPool", "instance_type", instance_type, access, error) from error
    if not found["InstanceTypes"]:
        raise _unknown(instance_type, access)
    # The library's type says of every field that it may be absent; EC2 always gives those that are read here.
    return cast("InstanceType", cast("object", found["InstanceTypes"][0]))


@lru_cache(maxsize=4)
def ec2_of(access: AwsAccess) -> "EC2Client":
    """A client that gives up in seconds: a preview must not wait with botocore's patience where an endpoint is wrong.

    Raises BotoCoreError for a profile that is not there.
    """
    config = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2, "mode": "standard"})
    # botocore alone: every preview waits for this import, and boto3 adds to it what S3's transfers need.
    session = Session(profile=access.profile or None)
    client = cast(
        "object",
        session.create_client("ec2", region_name=access.region, endpoint_url=access.endpoint or None, config=config),
    )
    return cast("EC2Client", client)


class Unanswered(SpecError):
    """EC2 did not answer, so what it was asked of is not known to be wrong."""


def unanswered(component: str, path: str, value: str, access: AwsAccess, error: Exception) -> Unanswered:
    """EC2's silence about a value, as its user reads it."""
    where, reason = access.endpoint or access.region, " ".join(str(error).split())
    rule = f"EC2 at {where} did not say what is known of it: {reason}"
    return Unanswered(component, (Fault(path, value, rule, "check endpoint, region and profile of AWS"),))


def _refused(instance_type: str, rule: str, remedy: str = "") -> SpecError:
    return SpecError("GpuPool", (Fault("instance_type", instance_type, rule, remedy),))


def _unknown(instance_type: str, access: AwsAccess) -> SpecError:
    rule = f"EC2 in {access.region} knows no such instance type"
    return _refused(instance_type, rule, "set one that it has, e.g. p5.48xlarge")
