"""What one layer promises the next: planned from configuration in a preview, read as published in an up."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Self, cast

import pulumi
from botocore.exceptions import ClientError

from components.accelerators import Accelerator, accelerator_of
from components.faults import Fault, SpecError
from components.filesystem.spec import CLAIM
from components.gpu_pool.spec import POOL, POOL_LABEL
from components.object_store.resources import Object
from components.object_store.store import StoreError, code_of, s3_of, translate_errors
from stacks.names import NAMESPACE
from stacks.settings import PlatformSettings, StackName, Store, VaultSettings, of_stack

# Raised when a field changes its meaning, so that a layer of another age is noticed, not misread.
VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultContract:
    """What the layer vault promises."""

    vault: Store
    offsite: Store
    retention_days: int

    @classmethod
    def plan(cls, settings: VaultSettings) -> Self:
        """All of it follows from configuration: a vault's name is fixed."""
        return cls(vault=settings.vault, offsite=settings.offsite, retention_days=settings.retention_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuNode:
    """What each node of the GPU pool has; None where nobody said."""

    gpus: int | None = None
    gpu_memory_gib: float | None = None
    """Memory of one GPU."""
    efa: int | None = None
    """EFA interfaces."""
    cpus: float | None = None
    memory_gib: float | None = None
    arm: bool | None = None

    @classmethod
    def of(cls, accelerator: Accelerator) -> Self:
        """As EC2 describes the instance type."""
        return cls(
            gpus=accelerator.gpus,
            gpu_memory_gib=accelerator.gpu_memory_mib / 1024,
            efa=accelerator.efa_cards,
            cpus=accelerator.vcpus,
            memory_gib=accelerator.memory_mib / 1024,
            arm=accelerator.arm,
        )

    @classmethod
    def plan(cls, settings: PlatformSettings) -> Self:
        """As EC2 describes the pool's type, or as configuration says of nodes that stand. Raises SpecError as EC2 does."""
        if settings.aws and settings.gpu_instance_type:
            return cls.of(accelerator_of(settings.gpu_instance_type, settings.aws))
        return cls(gpus=settings.gpus_per_node or None, gpu_memory_gib=settings.gpu_memory_gib or None)

    @classmethod
    def read(cls, values: object) -> Self:
        """As a contract has it. One that was published before these were part of it says nothing."""
        found = cast("dict[str, object]", values) if isinstance(values, dict) else {}
        numbers = {key: value for key, value in found.items() if isinstance(value, int | float)}

        def whole(key: str) -> int | None:
            return int(numbers[key]) if key in numbers else None

        return cls(
            gpus=whole("gpus"),
            gpu_memory_gib=numbers.get("gpu_memory_gib"),
            efa=whole("efa"),
            cpus=numbers.get("cpus"),
            memory_gib=numbers.get("memory_gib"),
            arm=bool(numbers["arm"]) if "arm" in numbers else None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformContract:
    """What the layer platform promises."""

    namespace: pulumi.Input[str]
    kubeconfig: pulumi.Input[str]
    """Path of a kubeconfig, or a document that asks the AWS CLI for a token; it holds no credential."""
    claim: pulumi.Input[str]
    """The claim of the filesystem that all pods of a job share."""
    objects: Store
    gpu_instance_type: str
    gpu_nodes: int
    gpu_node_labels: dict[str, str]
    """What the nodes with GPUs are selected by."""
    gpu_node: GpuNode = field(default_factory=GpuNode)

    @classmethod
    def plan(cls, settings: PlatformSettings) -> Self:
        """From configuration; the kubeconfig of an EKS cluster is known to AWS alone and stays unknown.

        What a GPU node has is left out: asking EC2 takes time, and only a layer with work for GPUs needs it (`gpu_node_of`).
        """
        return cls(
            namespace=NAMESPACE,
            kubeconfig=settings.kubeconfig or unknown(),
            claim=CLAIM,
            objects=settings.objects,
            gpu_instance_type=settings.gpu_instance_type,
            gpu_nodes=settings.gpu_nodes,
            gpu_node_labels=gpu_node_labels(settings),
        )


def gpu_node_labels(settings: PlatformSettings) -> dict[str, str]:
    """Of the nodes that stand already, or of the pool that is made."""
    return settings.gpu_node_labels or {POOL_LABEL: POOL}


def unknown() -> pulumi.Output[str]:
    """What only the cloud knows, in a preview."""
    return pulumi.Output.from_input(cast(str, pulumi.UNKNOWN))


def key_of(stack: StackName) -> str:
    """Where a stack's contract lies in its store."""
    return f"contracts/{stack.env}.{stack.layer}.json"


def publish(stack: StackName, store: Store, contract: VaultContract | PlatformContract, after: pulumi.Resource) -> None:
    """Declares the contract as an object of `store`, written when `after` stands."""
    values = {field.name: getattr(contract, field.name) for field in fields(contract)}
    content = pulumi.Output.json_dumps(
        {
            "version": VERSION,
            **{name: asdict(value) if isinstance(value, Store | GpuNode) else value for name, value in values.items()},
        },
        sort_keys=True,
    )
    Object(
        f"{stack.layer}-contract",
        bucket=store.bucket,
        key=key_of(stack),
        content=content,
        endpoint=store.endpoint,
        profile=store.profile,
        opts=pulumi.ResourceOptions(depends_on=[after]),
    )


def vault_of(stack: StackName) -> VaultContract:
    """The vault's contract for a layer above it. Raises SpecError where it cannot be planned, or was never published."""
    below = stack.lower("vault")
    settings = VaultSettings.read(of_stack(below))
    if pulumi.runtime.is_dry_run():
        return VaultContract.plan(settings)
    found = _Published(below, settings.vault)
    return VaultContract(
        vault=found.store("vault"), offsite=found.store("offsite"), retention_days=found.number("retention_days")
    )


def platform_of(stack: StackName) -> PlatformContract:
    """The platform's contract for a layer above it. Raises SpecError where it cannot be planned, or was never published."""
    below = stack.lower("platform")
    settings = PlatformSettings.read(of_stack(below))
    if pulumi.runtime.is_dry_run():
        return PlatformContract.plan(settings)
    found = _Published(below, settings.objects)
    return PlatformContract(
        namespace=found.text("namespace"),
        kubeconfig=found.text("kubeconfig"),
        claim=found.text("claim"),
        objects=found.store("objects"),
        gpu_instance_type=found.text("gpu_instance_type"),
        gpu_nodes=found.number("gpu_nodes"),
        gpu_node_labels=found.labels("gpu_node_labels"),
        gpu_node=GpuNode.read(found.values.get("gpu_node")),
    )


def gpu_node_of(stack: StackName, platform: PlatformContract) -> GpuNode:
    """What a node of the platform's GPU pool has. Raises SpecError where EC2 refuses the type, or does not answer."""
    if pulumi.runtime.is_dry_run():
        return GpuNode.plan(PlatformSettings.read(of_stack(stack.lower("platform"))))
    return platform.gpu_node


class _Published:
    """A contract as it was published."""

    def __init__(self, stack: StackName, store: Store) -> None:
        self.stack = stack
        self.where = f"{store.bucket}/{key_of(stack)} at {store.endpoint or 'AWS'}"
        try:
            with translate_errors(store.bucket, store.endpoint, store.profile):
                body = self._get(store)
            self.values = cast(dict[str, object], json.loads(body))
        except StoreError as fault:
            raise self._refused(str(fault), "bring that store up, or mend its settings") from fault
        except ValueError as error:
            raise self._refused("what is published there is no JSON", f"deploy {stack} again") from error
        if self.values.get("version") != VERSION:
            raise self._refused(
                f"it has version {self.values.get('version')}, this program reads version {VERSION}",
                f"deploy {stack} again",
            )

    def text(self, name: str) -> str:
        """A field that is text."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise self._refused(f"its field {name!r} is missing or no text", f"deploy {self.stack} again")
        return value

    def number(self, name: str) -> int:
        """A field that is a whole number."""
        value = self.values.get(name)
        if not isinstance(value, int | float) or value != int(value):
            raise self._refused(f"its field {name!r} is missing or no whole number", f"deploy {self.stack} again")
        return int(value)

    def labels(self, name: str) -> dict[str, str]:
        """A field that is labels of Kubernetes."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self._refused(f"its field {name!r} is missing or no labels", f"deploy {self.stack} again")
        return {key: str(label) for key, label in cast(dict[str, object], value).items()}

    def store(self, name: str) -> Store:
        """A field that is a store."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self._refused(f"its field {name!r} is missing or no store", f"deploy {self.stack} again")
        parts = cast(dict[str, object], value)
        return Store(**{key: str(parts.get(key) or "") for key in ("bucket", "endpoint", "profile")})

    def _get(self, store: Store) -> bytes:
        try:
            answer = s3_of(store.endpoint, store.profile).get_object(Bucket=store.bucket, Key=key_of(self.stack))
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "NoSuchBucket"):
                rule = f"the layer {self.stack} publishes it when it is deployed, and it never was"
                raise self._refused(rule, f"pulumi up --stack {self.stack}") from error
            raise
        return answer["Body"].read()

    def _refused(self, rule: str, remedy: str) -> SpecError:
        return SpecError("Contract", (Fault(str(self.stack), self.where, rule, remedy),))
