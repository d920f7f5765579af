"""Facts of GPU instance types, as EC2 gives them (DescribeInstanceTypes), and never typed in."""

from dataclasses import dataclass

from components import instance_types
from components.instance_types import Gpu, InstanceType, NodeType
from components.violations import SpecError, Violation


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
    max_interfaces: int
    """Network interfaces that the card takes, EFA's among them."""


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
    arm: bool
    """Whether its processor is an Arm, for which images are built apart."""
    usage_classes: tuple[str, ...]
    """How EC2 sells the type: `on-demand`, `spot`, `capacity-block` (SupportedUsageClasses)."""
    placement_strategies: tuple[str, ...]
    """Strategies of a placement group that the type can be in (PlacementGroupInfo)."""
    max_interfaces: int
    """Network interfaces of an instance in all."""
    max_efa_interfaces: int
    """Those of them that can be EFA's; 0 where the type has no EFA."""

    @property
    def family(self) -> str:
        """The part of the type's name before its size, e.g. `p6-b300`."""
        return self.instance_type.split(".")[0]

    @property
    def efa_cards(self) -> int:
        """Count of cards that can carry EFA."""
        return sum(card.efa for card in self.network_cards)


def nvidia_gpus(facts: NodeType) -> list[Gpu]:
    """The kinds of NVIDIA GPUs that a type has; empty where it has none."""
    return [gpu for gpu in facts.get("GpuInfo", {"Gpus": []})["Gpus"] if gpu["Manufacturer"] == "NVIDIA"]


def arm(facts: NodeType) -> bool:
    """Whether a type's processor is an Arm, for which images are built apart."""
    return "arm64" in facts["ProcessorInfo"]["SupportedArchitectures"]


def network_cards(facts: NodeType) -> tuple[NetworkCard, ...]:
    """The network cards of a type, by their index."""
    return tuple(
        NetworkCard(
            index=card["NetworkCardIndex"],
            efa="efa" in card.get("InterfaceTypes", []),
            max_interfaces=card["MaximumNetworkInterfaces"],
        )
        for card in sorted(facts["NetworkInfo"]["NetworkCards"], key=lambda card: card["NetworkCardIndex"])
    )


def accelerator_from(facts: InstanceType) -> Accelerator:
    """Reads EC2's facts. Raises SpecError where the type has no NVIDIA GPU."""
    name, network = facts["InstanceType"], facts["NetworkInfo"]
    gpus = nvidia_gpus(facts)
    if not gpus:
        raise refused(name, "a GPU pool is made of instances with NVIDIA GPUs", "choose one of p4, p5, p6, g5, g6 ...")
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
        usage_classes=tuple(facts["SupportedUsageClasses"]),
        placement_strategies=tuple(facts["PlacementGroupInfo"]["SupportedStrategies"]),
        max_interfaces=network["MaximumNetworkInterfaces"],
        max_efa_interfaces=network["EfaInfo"]["MaximumEfaInterfaces"] if "EfaInfo" in network else 0,
    )


def accelerator_of(instance_type: str, access: AwsAccess) -> Accelerator:
    """From the extract of EC2's answers that is in the repository, as a type's facts never change; EC2 in
    `access.region` is asked for a type that is not in it. Raises SpecError for a type that is unknown to both or has no
    NVIDIA GPU, and where EC2 is asked and does not answer.
    """
    return accelerator_from(instance_types.known().get(instance_type) or _asked(instance_type, access))


def node_type_of(instance_type: str, access: AwsAccess) -> NodeType:
    """What a node of any type offers, from the extract or EC2. Raises SpecError as `accelerator_of` does."""
    extract = instance_types.known().get(instance_type) or instance_types.system().get(instance_type)
    return extract or _asked(instance_type, access)


def _asked(instance_type: str, access: AwsAccess) -> InstanceType:
    # Loaded only here: most previews need no word of EC2.
    from components.ec2 import instance_type_of

    return instance_type_of(instance_type, access)


class Unanswered(SpecError):
    """EC2 did not answer, so what it was asked of is not known to be wrong."""


def unanswered(component: str, path: str, value: str, access: AwsAccess, error: Exception) -> Unanswered:
    """EC2's silence about a value, as its user reads it."""
    where, reason = access.endpoint or access.region, " ".join(str(error).split())
    rule = f"EC2 at {where} did not say what is known of it: {reason}"
    return Unanswered(component, (Violation(path, value, rule, "check endpoint, region and profile of AWS"),))


def refused(instance_type: str, rule: str, remedy: str = "") -> SpecError:
    """A type that no GPU pool is made of."""
    return SpecError("GpuPool", (Violation("instance_type", instance_type, rule, remedy),))
