"""What is asked of AWS, and its answers as plain data. Tests answer themselves; `components.preflight.aws` asks AWS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Why(StrEnum):
    """Why there is no answer."""

    CREDENTIALS = "no valid credentials"
    UNREACHABLE = "unreachable"
    DENIED = "access denied"
    NOT_SERVED = "not served here"
    THROTTLED = "throttled"
    REFUSED = "refused"


class NoAnswer(Exception):
    """AWS did not answer a question, which says nothing of what was asked about."""

    def __init__(self, why: Why, call: str, message: str) -> None:
        self.why, self.call, self.message = why, call, message
        super().__init__(f"{why.value}: {call}: {message}" if message else f"{why.value}: {call}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who asks (sts:GetCallerIdentity)."""

    account: str
    arn: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Zone:
    """A zone of the region (ec2:DescribeAvailabilityZones)."""

    name: str
    id: str
    """The same in every account, as its name is not."""
    kind: str
    """`availability-zone`, `local-zone` or `wavelength-zone`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeFacts:
    """What EC2 says of an instance type (ec2:DescribeInstanceTypes)."""

    markets: frozenset[str]
    """SupportedUsageClasses: `on-demand`, `spot`, `capacity-block`."""
    most_efa: int
    """MaximumEfaInterfaces; 0 where the type has no EFA."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quota:
    """A quota as it applies to the account (servicequotas:GetServiceQuota)."""

    code: str
    name: str
    vcpus: float
    metric: tuple[str, str, tuple[tuple[str, str], ...]] | None
    """CloudWatch's namespace, metric and dimensions of what is in use; None where AWS publishes none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnNode:
    """A running node of the platform's own cluster (ec2:DescribeInstances)."""

    instance_type: str
    vcpus: int
    market: str
    """InstanceLifecycle: `spot`, `capacity-block`, or "" for On-Demand."""
    reservation: str
    """Id of the Capacity Reservation that it runs in; "" for none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservation:
    """A Capacity Reservation or Capacity Block (ec2:DescribeCapacityReservations)."""

    id: str
    instance_type: str
    zone: str
    platform: str
    tenancy: str
    state: str
    block: bool
    """Whether it is a Capacity Block (ReservationType)."""
    total: int
    available: int
    starts: datetime | None
    ends: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Vpc:
    """A VPC of the account, or one that another account peered with one of it."""

    id: str
    cidrs: tuple[str, ...]
    connected: str
    """What routes between it and other networks, e.g. a peering connection's id; "" where nothing does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A Kubernetes version of EKS (eks:DescribeClusterVersions)."""

    version: str
    support: str
    """`STANDARD_SUPPORT`, `EXTENDED_SUPPORT` or `UNSUPPORTED`."""
    ends: datetime | None
    """When its standard support ends."""


class Questions(Protocol):
    """Every method raises NoAnswer where AWS gives none."""

    def caller(self) -> Caller: ...

    def zones(self) -> Sequence[Zone]: ...

    def offered(self, instance_type: str) -> frozenset[str]:
        """Names of the zones of the region that offer a type."""
        ...

    def type_facts(self, instance_type: str) -> TypeFacts | None:
        """None for a type that the region does not know."""
        ...

    def quota(self, code: str) -> Quota | None:
        """None for a code that AWS does not know here."""
        ...

    def quota_named(self, words: Sequence[str]) -> Quota | None:
        """The quota of EC2 whose name holds all these words; None where there is none or more than one."""
        ...

    def used(self, quota: Quota) -> float | None:
        """vCPUs that count towards a quota now; None where AWS publishes no use of it."""
        ...

    def own_nodes(self, cluster: str) -> Sequence[OwnNode]: ...

    def reservation(self, name: str) -> Reservation | None: ...

    def vpcs(self) -> Sequence[Vpc]: ...

    def releases(self) -> Sequence[Release]: ...

    def addon_versions(self, addon: str, version: str) -> Sequence[str]:
        """Versions of an add-on for a Kubernetes version, "" for any; empty where it has none."""
        ...

    def endpoint_zones(self, services: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Zones of the interface endpoint of each of these services, e.g. `ecr.api`; a service without one is absent."""
        ...
