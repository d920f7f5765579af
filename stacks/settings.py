"""The one reader of stack configuration: typed, and what a layer requires is said here."""

import re
from dataclasses import dataclass
from typing import Self

from components.accelerators import AwsAccess
from components.violations import Violations
from stacks.combinations import DATASETS, check_bucket_volume, check_karpenter_pool
from stacks.names import LAYERS, PROJECT
from stacks.reader import Reader
from stacks.sections import (
    AcceptanceSection,
    AccessControlSection,
    BucketVolumeSection,
    CapacitySection,
    ClusterSection,
    ControllersSection,
    EntrySection,
    GpuPoolSection,
    KarpenterPoolSection,
    LustreSection,
    NetworkSection,
    RegistrySection,
    SystemPoolSection,
)

SECTIONS = ("network", "cluster", "systemPool", "gpuPool", "karpenterPool", "bucketVolume", "lustre", "registry")
"""Keys that hold the arguments of a component at AWS."""
# A region is named by its area, a direction and a number, e.g. us-gov-west-1.
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class StackName:
    """`<env>.<layer>[.<team>]`, e.g. `lab.platform`."""

    env: str
    layer: str
    team: str = ""

    @classmethod
    def parse(cls, name: str) -> Self:
        """Raises SpecError for any other form."""
        parts = name.split(".")
        violations = Violations("Stack")
        violations.unless(
            len(parts) in (2, 3) and all(re.fullmatch(r"[a-z][a-z0-9-]*", part) for part in parts),
            "name",
            name,
            "a stack is named <env>.<layer>[.<team>], each of a-z, 0-9 and '-'",
            "e.g. lab.platform",
        )
        violations.raise_if_any()
        violations.unless(parts[1] in LAYERS, "name", name, f"the layers are {', '.join(LAYERS)}")
        violations.unless(
            len(parts) == 2 or parts[1] == "workloads", "name", name, "only the layer workloads is a team's own"
        )
        violations.raise_if_any()
        return cls(*parts)

    def __str__(self) -> str:
        return ".".join(part for part in (self.env, self.layer, self.team) if part)

    def lower(self, layer: str) -> "StackName":
        """The stack of another layer of the same environment."""
        return StackName(self.env, layer)


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """A bucket and the way to it: names only."""

    bucket: str
    endpoint: str
    profile: str

    @classmethod
    def read(cls, reader: Reader, prefix: str) -> Self:
        """Reads `<prefix>Bucket`, which is required, `<prefix>Endpoint` and `<prefix>Profile`."""
        return cls(
            bucket=reader.required(f"{prefix}Bucket"),
            endpoint=reader.text(f"{prefix}Endpoint"),
            profile=reader.text(f"{prefix}Profile"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultSettings:
    """What the layer vault is configured by."""

    vault: Store
    offsite: Store
    vault_region: str
    """AWS region of the vault; "" on another store."""
    offsite_region: str
    factory_account: str
    """Account of the AWS platform whose pods write to both; "" for the vault's own, or on other stores."""
    aws_endpoint: str
    """URL that answers for AWS's API; "" for AWS itself."""
    retention_days: int
    accounts_key_file: str
    """What the secrets of pods' accounts at the stores are derived from; "" where none are made."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Raises SpecError with every violation of the configuration."""
        settings = cls(
            vault=Store.read(reader, "vault"),
            offsite=Store.read(reader, "offsite"),
            vault_region=_store_region(reader, "vault"),
            offsite_region=_store_region(reader, "offsite"),
            factory_account=reader.text("factoryAccountId"),
            aws_endpoint=reader.text("awsEndpoint"),
            retention_days=reader.number("retentionDays", 1, "a vault keeps its objects for 1 day or more, whole ones"),
            accounts_key_file=reader.text("accountsKeyFile"),
        )
        vault, offsite = settings.vault, settings.offsite
        reader.violations.unless(
            not vault.bucket or (vault.endpoint, vault.bucket) != (offsite.endpoint, offsite.bucket),
            f"{PROJECT}:offsiteBucket",
            offsite.bucket,
            "the off-site copy is not the vault itself: another bucket, on another store",
        )
        reader.violations.unless(
            not settings.vault_region or settings.vault_region != settings.offsite_region,
            f"{PROJECT}:offsiteRegion",
            settings.offsite_region,
            "what is off site is in another region than the vault",
            f"pulumi config set offsiteRegion REGION --stack {reader.stack}",
        )
        reader.violations.unless(
            re.fullmatch("([0-9]{12})?", settings.factory_account) is not None,
            f"{PROJECT}:factoryAccountId",
            settings.factory_account,
            "an account of AWS is named by 12 digits",
            "aws sts get-caller-identity --query Account",
        )
        reader.violations.raise_if_any()
        return settings


def _store_region(reader: Reader, prefix: str) -> str:
    """The region of a store of AWS, which is required there; "" for a store with an address of its own."""
    if reader.text(f"{prefix}Endpoint"):
        return ""
    region = reader.required(f"{prefix}Region")
    return region if not region or _check_region(reader, f"{prefix}Region", region) else ""


def _check_region(reader: Reader, key: str, region: str) -> bool:
    return reader.violations.unless(
        REGION.fullmatch(region) is not None,
        f"{PROJECT}:{key}",
        region,
        "a region is named as AWS names it",
        f"e.g. pulumi config set {key} us-east-1 --stack {reader.stack}",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformSettings:
    """What the layer platform is configured by."""

    aws: AwsAccess | None
    """None where no region is named: then nothing is made at AWS, and the Kubernetes and the store exist already."""
    cidrs: tuple[str, ...]
    """Blocks of the VPC; the first is its own, the others are added to it."""
    zones: tuple[str, ...]
    kubeconfig: str
    """Path of the kubeconfig of a Kubernetes that exists already; "" for EKS."""
    gpu_instance_type: str
    """"" for no GPU pool of our own making."""
    gpu_nodes: int
    gpu_node_labels: dict[str, str]
    """Labels of GPU nodes that exist already; empty where there are none."""
    gpus_per_node: int
    """Of GPU nodes that exist already; 0 where it is not said. Of a pool that is made EC2 knows it."""
    gpu_memory_gib: int
    """Memory of one GPU of nodes that exist already; 0 where it is not said."""
    filesystem_gib: int
    local_volume: str
    storage_class: str
    objects: Store
    accounts_key_file: str
    """What the secrets of pods' accounts at the store are derived from; "" where none are made."""
    images_lock: str
    """Path of the JSON file with the images' digests: by one of them folders are made on FSx; "" as long as there is none."""
    network: NetworkSection
    cluster: ClusterSection
    system_pool: SystemPoolSection
    gpu_pool: GpuPoolSection
    karpenter_pool: KarpenterPoolSection
    bucket_volume: BucketVolumeSection
    lustre: LustreSection
    controllers: ControllersSection
    registry: RegistrySection
    access: AccessControlSection

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Raises SpecError with every violation of the configuration."""
        settings = cls(
            aws=_aws(reader),
            cidrs=reader.listed("cidr"),
            zones=reader.listed("zones"),
            kubeconfig=reader.text("kubeconfig"),
            gpu_instance_type=reader.text("gpuInstanceType"),
            gpu_nodes=reader.number("gpuNodes", 0, "a pool has 0 nodes or more, whole ones"),
            gpu_node_labels=reader.labels("gpuNodeLabels"),
            gpus_per_node=reader.count("gpusPerNode", "a node has 0 GPUs or more, whole ones"),
            gpu_memory_gib=reader.count("gpuMemoryGiB", "a GPU has 0 GiB or more, whole ones"),
            filesystem_gib=reader.number("filesystemGiB", 1, "a filesystem has 1 GiB or more, whole ones"),
            local_volume=reader.text("localVolume"),
            storage_class=reader.text("storageClass"),
            objects=Store.read(reader, "objects"),
            accounts_key_file=reader.text("accountsKeyFile"),
            images_lock=reader.text("imagesLock"),
            network=reader.section("network", NetworkSection),
            cluster=reader.section("cluster", ClusterSection),
            system_pool=reader.section("systemPool", SystemPoolSection),
            gpu_pool=reader.section("gpuPool", GpuPoolSection),
            karpenter_pool=reader.section("karpenterPool", KarpenterPoolSection),
            bucket_volume=reader.section("bucketVolume", BucketVolumeSection),
            lustre=reader.section("lustre", LustreSection),
            controllers=reader.section("controllers", ControllersSection),
            registry=reader.section("registry", RegistrySection),
            access=reader.section("access", AccessControlSection),
        )
        reader.violations.unless(
            bool(settings.gpu_instance_type or settings.gpu_node_labels) or settings.gpu_nodes == 0,
            f"{PROJECT}:gpuNodes",
            settings.gpu_nodes,
            "nodes of a GPU pool have an instance type, or labels where they exist already",
            f"pulumi config set gpuInstanceType p5.48xlarge --stack {reader.stack}, or gpuNodeLabels",
        )
        reader.violations.unless(
            not (settings.gpu_instance_type and settings.gpu_node_labels),
            f"{PROJECT}:gpuNodeLabels",
            reader.text("gpuNodeLabels"),
            "GPU nodes are made, or exist already and are named by their labels",
            f"pulumi config rm gpuNodeLabels --stack {reader.stack}, or gpuInstanceType",
        )
        for key in ("gpusPerNode", "gpuMemoryGiB"):
            reader.violations.unless(
                not (settings.gpu_instance_type and reader.count(key, "")),
                f"{PROJECT}:{key}",
                reader.text(key),
                "what a node of a pool that is made has, EC2 knows",
                f"pulumi config rm {key} --stack {reader.stack}, or gpuInstanceType",
            )
        reader.violations.unless(
            not (settings.local_volume and settings.storage_class),
            f"{PROJECT}:storageClass",
            settings.storage_class,
            "the shared filesystem is a folder of the node or of a StorageClass, not both",
            f"pulumi config rm storageClass --stack {reader.stack}, or localVolume",
        )
        if settings.aws is None:
            _check_existing(reader, settings)
        else:
            check_karpenter_pool(
                reader,
                settings.karpenter_pool,
                gpu_pool=settings.gpu_pool,
                gpu_instance_type=settings.gpu_instance_type,
                controllers=settings.controllers,
            )
            check_bucket_volume(reader, settings.bucket_volume)
        reader.violations.raise_if_any()
        return settings

    @property
    def capacity(self) -> CapacitySection | None:
        """Where instances of the GPU pool come from, whoever starts them; None where no section says it."""
        return self.karpenter_pool.get("capacity") if self.karpenter_pool else self.gpu_pool.get("capacity")

    @property
    def most_gpu_nodes(self) -> tuple[int, str]:
        """The most nodes that the GPU pool has at one time, and the key that says so."""
        if self.karpenter_pool:
            return self.karpenter_pool.get("max_nodes", 0), f"{PROJECT}:karpenterPool.max_nodes"
        most = self.gpu_pool.get("max_nodes")
        return (self.gpu_nodes, f"{PROJECT}:gpuNodes") if most is None else (most, f"{PROJECT}:gpuPool.max_nodes")

    @property
    def bucket_claim(self) -> str:
        """The claim of the bucket that pods mount; "" where there is none."""
        return self.bucket_volume.get("claim", DATASETS) if self.bucket_volume else ""


def _aws(reader: Reader) -> AwsAccess | None:
    region = reader.text("region")
    if not region:
        return None
    reader.required("cidr")
    _check_region(reader, "region", region)
    return AwsAccess(region=region, endpoint=reader.text("awsEndpoint"), profile=reader.text("awsProfile"))


def _check_existing(reader: Reader, settings: PlatformSettings) -> None:
    """Notes what is missing where nothing is made at AWS, and what can only be meant for it."""
    violations, stack = reader.violations, reader.stack
    violations.unless(
        bool(settings.kubeconfig),
        f"{PROJECT}:region",
        "",
        "a platform is made in an AWS region, or on a Kubernetes that exists already",
        f"pulumi config set region REGION --stack {stack}, or set kubeconfig to a path",
    )
    if not settings.kubeconfig:
        # What else is missing depends on which of the two is meant.
        return
    for key in ("awsEndpoint", "awsProfile", "zones", "gpuInstanceType", *SECTIONS):
        # The engine gives a section that nobody wrote the default of the project: an empty one.
        value = reader.text(key).replace("{}", "")
        instead = "name nodes that exist already by gpuNodeLabels" if key == "gpuInstanceType" else "or set region"
        violations.unless(
            not value,
            f"{PROJECT}:{key}",
            value,
            "without aifactory:region nothing is made at AWS",
            f"pulumi config rm {key} --stack {stack}; {instead}",
        )
    violations.unless(
        bool(settings.objects.endpoint),
        f"{PROJECT}:objectsEndpoint",
        "",
        "without aifactory:region the bucket is on an S3-compatible store, which has an address",
        f"pulumi config set objectsEndpoint https://HOST:PORT --stack {stack}",
    )
    violations.unless(
        bool(settings.local_volume or settings.storage_class),
        f"{PROJECT}:storageClass",
        "",
        "without aifactory:region the shared filesystem is of a StorageClass, or a folder of the only node",
        f"pulumi config set storageClass NAME --stack {stack}, or localVolume",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkloadsSettings:
    """What the layer workloads is configured by."""

    recipe: str
    source: str
    images_lock: str
    kubeconfig: str
    """Where this machine has the cluster's kubeconfig; "" for what the platform's contract says."""
    registry_auth_file: str
    """"" where nodes pull images by themselves."""
    stores_folder: str
    """Folder of the AWS files that pods reach the stores by; "" where they reach stores of AWS by an identity of their own."""
    signing_key_file: str
    callers_file: str
    """JSON file of who may ask the model."""
    model: str
    """Digest of the model to serve; "" for no serving."""
    serving_node_port: int
    entry: EntrySection
    acceptance: AcceptanceSection
    aws_endpoint: str
    """URL that answers for AWS's API; "" for AWS itself."""
    aws_profile: str
    """AWS profile that makes what of this layer is AWS's."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Raises SpecError with every violation of the configuration."""
        settings = cls(
            recipe=reader.required("recipe"),
            source=reader.text("source"),
            images_lock=reader.required("imagesLock"),
            kubeconfig=reader.text("kubeconfig"),
            registry_auth_file=reader.text("registryAuthFile"),
            stores_folder=reader.text("storesFolder"),
            signing_key_file=reader.required("signingKeyFile"),
            callers_file=reader.required("callersFile"),
            model=reader.text("model"),
            serving_node_port=reader.node_port("servingNodePort"),
            entry=reader.section("entry", EntrySection),
            acceptance=reader.section("acceptance", AcceptanceSection),
            aws_endpoint=reader.text("awsEndpoint"),
            aws_profile=reader.text("awsProfile"),
        )
        reader.violations.unless(
            re.fullmatch(r"([0-9a-f]{64})?", settings.model) is not None,
            f"{PROJECT}:model",
            settings.model,
            "a model is named by the SHA-256 of its manifest, 64 hex digits, or is empty",
        )
        reader.violations.unless(
            not settings.acceptance or "nodes" in settings.acceptance,
            f"{PROJECT}:acceptance.nodes",
            "",
            "as many nodes prove themselves as are named",
            "set those that a run trains on, e.g. 4",
        )
        reader.violations.raise_if_any()
        return settings
