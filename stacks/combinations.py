"""What of the platform's sections cannot stand together: each alone is right, and one takes what the other needs."""

from components.charts.catalogue import KARPENTER
from components.elastic_filesystem.spec import CLAIM as STATE_CLAIM
from components.filesystem.spec import CLAIM
from stacks.names import PROJECT
from stacks.reader import Reader
from stacks.sections import BucketVolumeSection, ControllersSection, GpuPoolSection, KarpenterPoolSection

DATASETS = "datasets"
"""The claim of the bucket that is mounted, where its section names none."""


def check_karpenter_pool(
    reader: Reader,
    section: KarpenterPoolSection,
    *,
    gpu_pool: GpuPoolSection,
    gpu_instance_type: str,
    controllers: ControllersSection,
) -> None:
    """Notes what a pool of Karpenter's lacks, and what it stands in place of; nothing where none is configured."""
    if not section:
        return
    violations, path = reader.violations, f"{PROJECT}:karpenterPool"
    violations.unless(
        "max_nodes" in section,
        f"{path}.max_nodes",
        "",
        "nodes come with the pods that ask for them, up to a count that is named",
        "set 1 or more",
    )
    violations.unless(
        bool(gpu_instance_type),
        f"{PROJECT}:gpuInstanceType",
        gpu_instance_type,
        "the pool of aifactory:karpenterPool is of one instance type",
        f"pulumi config set gpuInstanceType g6e.2xlarge --stack {reader.stack}, or remove karpenterPool",
    )
    names = controllers.get("names", [])
    violations.unless(
        KARPENTER in names,
        f"{PROJECT}:controllers.names",
        ",".join(names),
        "nodes of aifactory:karpenterPool are started by Karpenter's controller, which is none of these",
        f"add {KARPENTER}, or configure the pool by gpuPool",
    )
    violations.unless(
        not gpu_pool,
        f"{PROJECT}:gpuPool",
        reader.text("gpuPool"),
        "the GPU pool is a managed node group (gpuPool) or Karpenter's (karpenterPool), not both",
        f"pulumi config rm gpuPool --stack {reader.stack}, or karpenterPool",
    )
    violations.unless(
        reader.text("gpuNodes") in ("", "0"),
        f"{PROJECT}:gpuNodes",
        reader.text("gpuNodes"),
        "how many nodes a pool of Karpenter's has, pods decide, up to its max_nodes",
        f"pulumi config rm gpuNodes --stack {reader.stack}; nodes that are always there are replicas of karpenterPool",
    )
    _check_eks(reader, "karpenterPool", "nodes of Karpenter's join EKS")


def check_bucket_volume(reader: Reader, section: BucketVolumeSection) -> None:
    """Notes what a mounted bucket lacks; nothing where none is configured. Its driver comes with it."""
    if not section:
        return
    violations, path = reader.violations, f"{PROJECT}:bucketVolume"
    violations.unless(
        bool(section.get("bucket")), f"{path}.bucket", "", "a bucket that exists is mounted", "set its name"
    )
    claim = section.get("claim", DATASETS)
    violations.unless(
        claim not in (CLAIM, STATE_CLAIM),
        f"{path}.claim",
        claim,
        f"{CLAIM} and {STATE_CLAIM} are the claims of the filesystems",
        f"set another name, e.g. {DATASETS}",
    )
    _check_eks(reader, "bucketVolume", "the driver that mounts a bucket is an add-on of EKS")


def _check_eks(reader: Reader, key: str, because: str) -> None:
    kubeconfig = reader.text("kubeconfig")
    reader.violations.unless(
        not kubeconfig,
        f"{PROJECT}:kubeconfig",
        kubeconfig,
        f"{because}, and pods are run by the Kubernetes of this file",
        f"pulumi config rm {key} --stack {reader.stack}, or kubeconfig",
    )
