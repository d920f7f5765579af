"""The rules of the system pool."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from components.cluster import versions
from components.system_pool.args import SystemPoolArgs
from components.violations import Violations

# The production recipe's largest stage without a GPU, `clean`, asks for 16 cores and may use 128 GiB: of a node with
# 16 vCPUs the kubelet takes a part, and one with 128 GiB leaves less to its pods. This is the smallest type of its
# family that holds it beside DNS, controllers and MLflow. A site that only serves does with m7i.xlarge.
DEFAULT_TYPES = ("r7i.8xlarge",)
FEWEST_ZONES = 2
# EKS API, CreateNodegroup: 0 to 20 instance types. EKS user guide, "Amazon EKS service quotas": nodes of a managed
# group.
MOST_TYPES = 20
MOST_NODES = 450
# Own rule: the base image with torch and vLLM alone unpacks to tens of GiB, and a full disk evicts CoreDNS with the
# rest.
SMALLEST_DISK_GIB = 50
# EC2 API, CreateVolume: gp3 has 1 to 65536 GiB.
LARGEST_DISK_GIB = 65536
DEFAULT_DISK_GIB = 200
# EC2 user guide, "Instance type naming conventions": family, generation, then options, of which g is a Graviton
# processor.
TYPE = r"(?P<family>[a-z]+)(?P<generation>\d+)(?P<options>[a-z]*)(-[a-z0-9]+)*\.[a-z0-9-]+"
# Families whose accelerator costs more than everything else on the node, and macOS.
NOT_SYSTEM = frozenset({"p", "g", "gr", "inf", "trn", "dl", "vt", "f", "mac"})
# EKS's images of Amazon Linux 2023: awslabs/amazon-eks-ami, CHANGELOG, "Release version".
AMI_RELEASE = r"1\.\d+\.\d+-\d{8}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemPoolSpec:
    """Untainted nodes of a fixed count in several zones."""

    instance_types: tuple[str, ...]
    nodes: int
    disk_gib: int
    version: str
    ami_release: str
    arm: bool

    @property
    def ami_type(self) -> str:
        """EKS's image for the processor (EKS API, AMITypes)."""
        return "AL2023_ARM_64_STANDARD" if self.arm else "AL2023_x86_64_STANDARD"

    @classmethod
    def parse(cls, args: SystemPoolArgs) -> Self:
        """Raises SpecError with every violation."""
        violations = Violations("SystemPool")
        types, zones = tuple(args.get("instance_types", DEFAULT_TYPES)), len(args["subnet_ids"])
        nodes, disk = args.get("nodes", max(zones, FEWEST_ZONES)), args.get("disk_gib", DEFAULT_DISK_GIB)
        version = args["cluster_version"]
        violations.unless(
            zones >= FEWEST_ZONES,
            "subnet_ids",
            zones,
            f"a system pool is in {FEWEST_ZONES} zones or more: what it runs is needed by every other node",
            "give the private subnets of the control plane's zones",
        )
        # A caller without types may pass 1.5, or True.
        violations.unless(
            type(nodes) is int and max(zones, FEWEST_ZONES) <= nodes <= MOST_NODES,
            "nodes",
            nodes,
            f"a system pool has a node in each of its zones, here {max(zones, FEWEST_ZONES)} or more, and {MOST_NODES}"
            " at most",
            "raise it, or give fewer subnets",
        )
        violations.unless(
            type(disk) is int and SMALLEST_DISK_GIB <= disk <= LARGEST_DISK_GIB,
            "disk_gib",
            disk,
            f"a root volume has {SMALLEST_DISK_GIB} GiB or more, as images fill it, and {LARGEST_DISK_GIB} at most",
            f"e.g. {DEFAULT_DISK_GIB}",
        )
        arms = _check_types(violations, types)
        known = violations.unless(
            version in versions.VERSIONS, "cluster_version", version, versions.RULE, versions.REMEDY
        )
        release = args.get("ami_release", versions.VERSIONS[version].ami_release if known else "")
        if known:
            _check_release(violations, release, version)
        violations.raise_if_any()
        return cls(
            instance_types=types, nodes=nodes, disk_gib=disk, version=version, ami_release=release, arm=any(arms)
        )


def is_graviton(instance_type: str) -> bool:
    """Whether a type's processor is an Arm, by its name."""
    found = re.fullmatch(TYPE, instance_type)
    return bool(found) and (found["family"] + found["generation"] == "a1" or "g" in found["options"])


def _check_types(violations: Violations, types: Sequence[str]) -> set[bool]:
    """Notes what EKS or a budget refuses; returns the architectures, True for Arm."""
    violations.unless(
        1 <= len(types) <= MOST_TYPES,
        "instance_types",
        len(types),
        f"a pool has 1 to {MOST_TYPES} instance types",
        f"e.g. {DEFAULT_TYPES[0]}",
    )
    for index, one in enumerate(types):
        path, found = f"instance_types[{index}]", re.fullmatch(TYPE, one)
        violations.unless(
            found is not None, path, one, "an instance type has a family, a generation and a size", "e.g. m7i.xlarge"
        )
        violations.unless(
            found is None or found["family"] not in NOT_SYSTEM,
            path,
            one,
            "the system pool has neither accelerators nor macOS: it has no taint, so that everything may run on it",
            "make GPU nodes with GpuPool, and name a type of m, r or c here",
        )
    arms = {is_graviton(one) for one in types}
    violations.unless(
        len(arms) < 2,
        "instance_types",
        ",".join(types),
        "a pool has one image, so all its types have one architecture",
        f"keep to Graviton ({', '.join(filter(is_graviton, types))}) or leave it out",
    )
    return arms


def _check_release(violations: Violations, release: str, version: str) -> None:
    remedy = f"e.g. {versions.VERSIONS[version].ami_release} (awslabs/amazon-eks-ami, CHANGELOG)"
    formed = violations.unless(
        re.fullmatch(AMI_RELEASE, release) is not None,
        "ami_release",
        release,
        "a release of the image is Kubernetes' version and a date",
        remedy,
    )
    violations.unless(
        not formed or release.startswith(f"{version}."),
        "ami_release",
        release,
        f"nodes have the cluster's minor version, which is {version}",
        remedy,
    )
