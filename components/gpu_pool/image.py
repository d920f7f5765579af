"""The image of a node, its volumes, and what it is told at its start."""

import base64
import re
from dataclasses import dataclass

from components.accelerators import Accelerator
from components.violations import Violations

AL2023 = "al2023"
BOTTLEROCKET = "bottlerocket"
SYSTEMS = (AL2023, BOTTLEROCKET)
# EKS's images by operating system and processor (EKS user guide, "EKS-optimized accelerated AMIs").
AMI_TYPES = {
    (AL2023, False): "AL2023_x86_64_NVIDIA",
    (AL2023, True): "AL2023_ARM_64_NVIDIA",
    (BOTTLEROCKET, False): "BOTTLEROCKET_x86_64_NVIDIA",
    (BOTTLEROCKET, True): "BOTTLEROCKET_ARM_64_NVIDIA",
}
# awslabs/amazon-eks-ami, doc/usage/g7-ami.md: its GPUs need NVIDIA's driver 595, and EKS's images have 580.
WITHOUT_DRIVER = frozenset({"g7"})
# EKS user guide, "EKS-optimized accelerated AMIs": the only Arm family that Bottlerocket's image is for.
BOTTLEROCKET_ARM = frozenset({"g5g"})
VERSION = re.compile(r"1\.\d{2}")
# awslabs/amazon-eks-ami, CHANGELOG.md: `1.34.9-20260714`, the first of it kubelet's version.
AL2023_RELEASE = re.compile(r"(?P<version>1\.\d{2})\.\d+-\d{8}")
# Bottlerocket's own version and the commit of its build, as its SSM parameter image_version has them; a date is no
# commit, but Amazon Linux's way of writing a release.
BOTTLEROCKET_RELEASE = re.compile(r"\d+\.\d+\.\d+-(?!20\d{6}$)[0-9a-f]{8}")

DEFAULT_ROOT_GIB = 200
# The images' own snapshot (EKS API, CreateNodegroup, diskSize): a volume is never smaller.
SMALLEST_ROOT_GIB = 20
# A rule of this project: images of CUDA and vLLM have tens of GiB, and without NVMe they are on the root volume.
SMALLEST_ROOT_GIB_WITHOUT_NVME = 100
# EC2 API, CreateVolume, Size of gp3.
LARGEST_ROOT_GIB = 65_536
# Bottlerocket's own volume; images and logs are on its second one (karpenter-provider-aws, amifamily/bottlerocket.go).
BOTTLEROCKET_OS_GIB = 4

# What nodeadm, which sets up Amazon Linux 2023 for EKS, reads from a node's user data (EKS user guide, "Launch
# templates").
NODEADM_LOCAL_STORAGE = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--//--
"""
# Bottlerocket's settings, which EKS merges with the cluster's (Bottlerocket, "settings.bootstrap-commands"; the
# commands are those by which Karpenter does the same, karpenter-provider-aws, amifamily/bootstrap/bottlerocket.go).
BOTTLEROCKET_LOCAL_STORAGE = """\
[settings.bootstrap-commands.000-mount-instance-storage]
commands = [
  ["apiclient", "ephemeral-storage", "init"],
  ["apiclient", "ephemeral-storage", "bind", "--dirs", "/var/lib/containerd", "/var/lib/kubelet", "/var/log/pods"],
]
essential = true
mode = "always"
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """A volume of gp3, encrypted, that ends with its instance."""

    device: str
    gib: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeImage:
    """The image of a node of one instance type."""

    accelerator: Accelerator
    system: str = AL2023
    version: str = ""
    """Kubernetes' version; "" where it is the cluster's."""
    release: str = ""
    """Release of the image; "" where it is the latest on the day."""
    root_gib: int = DEFAULT_ROOT_GIB

    @property
    def ami_type(self) -> str:
        """EKS's name of the image; each has NVIDIA's driver."""
        return AMI_TYPES[self.system, self.accelerator.arm]

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """The volumes, of which one is `root_gib` large: the one that holds images, logs and scratch without NVMe."""
        if self.system == BOTTLEROCKET:
            return Volume(device="/dev/xvda", gib=BOTTLEROCKET_OS_GIB), Volume(device="/dev/xvdb", gib=self.root_gib)
        return (Volume(device="/dev/xvda", gib=self.root_gib),)

    @property
    def user_data(self) -> str:
        """What a node is told at its start, in base64; "" where there is nothing to tell.

        Local NVMe becomes one array that holds containers and their scratch: else it stays unused, and they are on EBS.
        """
        if not self.accelerator.nvme_gb:
            return ""
        text = BOTTLEROCKET_LOCAL_STORAGE if self.system == BOTTLEROCKET else NODEADM_LOCAL_STORAGE
        return base64.b64encode(text.encode()).decode()


def parse_image(
    accelerator: Accelerator, *, system: str, version: str, release: str, root_gib: int, violations: Violations
) -> NodeImage:
    """Notes what EKS would refuse, or start and never get to work, of an image."""
    name = accelerator.instance_type
    violations.unless(
        accelerator.family not in WITHOUT_DRIVER,
        "accelerator",
        name,
        f"EKS's images have a driver of NVIDIA that knows the GPUs of {accelerator.family}, and none has",
        "choose g6e, g7e or a P type: g7 needs an image of one's own with driver 595",
    )
    if violations.unless(system in SYSTEMS, "os", system, f"nodes run {' or '.join(SYSTEMS)}"):
        violations.unless(
            system == AL2023 or not accelerator.arm or accelerator.family in BOTTLEROCKET_ARM,
            "os",
            system,
            f"EKS has an image of it for {name}",
            f"set {AL2023}",
        )
        _check_release(accelerator, system, version, release, violations)
    least = SMALLEST_ROOT_GIB if accelerator.nvme_gb else SMALLEST_ROOT_GIB_WITHOUT_NVME
    why = "" if accelerator.nvme_gb else f" where images are on it, as {name} has no NVMe"
    violations.unless(
        type(root_gib) is int and least <= root_gib <= LARGEST_ROOT_GIB,
        "root_gib",
        root_gib,
        f"a node's volume has a whole number of GiB from {least} to {LARGEST_ROOT_GIB}{why}",
        f"set {DEFAULT_ROOT_GIB}",
    )
    return NodeImage(accelerator=accelerator, system=system, version=version, release=release, root_gib=root_gib)


def _check_release(accelerator: Accelerator, system: str, version: str, release: str, violations: Violations) -> None:
    processor = "arm64" if accelerator.arm else "x86_64"
    parameter = {
        AL2023: f"/aws/service/eks/optimized-ami/{version or 'VERSION'}/amazon-linux-2023/{processor}/nvidia"
        "/recommended/release_version",
        BOTTLEROCKET: f"/aws/service/bottlerocket/aws-k8s-{version or 'VERSION'}-nvidia/{processor}"
        "/latest/image_version",
    }[system]
    remedy = f"aws ssm get-parameter --name {parameter}"
    if not violations.unless(
        bool(version) == bool(release),
        "version" if release else "release_version",
        version if release else release,
        "version and release_version are set together: a cluster's upgrade then moves its nodes, and no day does",
        f"set both, or neither; {remedy}",
    ):
        return
    if not release:
        return
    good = violations.unless(
        VERSION.fullmatch(version) is not None,
        "version",
        version,
        "Kubernetes' version is written as 1.34",
        "aws eks describe-cluster --query cluster.version",
    )
    pattern = AL2023_RELEASE if system == AL2023 else BOTTLEROCKET_RELEASE
    example = "1.34.9-20260714" if system == AL2023 else "1.62.0-8deeba4c"
    match = pattern.fullmatch(release)
    if violations.unless(
        match is not None, "release_version", release, f"a release of {system} is written as {example}", remedy
    ):
        # Bottlerocket's release does not name Kubernetes' version.
        of = match["version"] if match and system == AL2023 else version
        violations.unless(
            not good or of == version,
            "release_version",
            release,
            f"the image is for the cluster's version, {version}",
            remedy,
        )
