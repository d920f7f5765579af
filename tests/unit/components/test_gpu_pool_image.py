"""The image of GPU nodes: pinned, fit for the processor and the GPU, on a volume that holds it."""

import base64
import tomllib

import pytest

from components.gpu_pool.image import NodeImage
from components.gpu_pool.spec import GpuPoolSpec
from tests.unit.components.test_gpu_pool_spec import known, pool, the_violation


def image(**changes: object) -> NodeImage:
    return GpuPoolSpec.parse(pool(**changes)).image


@pytest.mark.parametrize(
    ("name", "system", "ami_type"),
    [
        ("g6e.xlarge", "al2023", "AL2023_x86_64_NVIDIA"),
        ("g5g.xlarge", "al2023", "AL2023_ARM_64_NVIDIA"),
        ("g6e.xlarge", "bottlerocket", "BOTTLEROCKET_x86_64_NVIDIA"),
        ("g5g.xlarge", "bottlerocket", "BOTTLEROCKET_ARM_64_NVIDIA"),
    ],
)
def test_an_arm_type_started_an_image_for_x86(name: str, system: str, ami_type: str) -> None:
    """C7."""
    assert image(accelerator=known(name), os=system).ami_type == ami_type


def test_the_gpus_of_g7_were_unknown_to_the_images_driver() -> None:
    """C7, rule 16: EKS's images have driver 580, g7 needs 595."""
    one = the_violation(accelerator=known("g7.48xlarge"))
    assert (one.path, one.value) == ("accelerator", "g7.48xlarge")
    assert "driver" in one.rule
    assert one.remedy == "choose g6e, g7e or a P type: g7 needs an image of one's own with driver 595"


def test_an_operating_system_without_an_image_for_gpus_is_named() -> None:
    one = the_violation(os="windows")
    assert (one.path, one.value, one.rule) == ("os", "windows", "nodes run al2023 or bottlerocket")


def test_images_left_a_cluster_behind_or_changed_by_the_day() -> None:
    """C2, complaints 13 and 21: version and release are pinned, and of one another."""
    made = image(version="1.34", release_version="1.34.9-20260714")
    assert (made.version, made.release) == ("1.34", "1.34.9-20260714")


def test_half_a_pin_is_named() -> None:
    one = the_violation(version="1.34")
    assert (one.path, one.value) == ("release_version", "")
    assert one.rule.startswith("version and release_version are set together")
    assert (
        "aws ssm get-parameter --name /aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/nvidia" in one.remedy
    )
    one = the_violation(release_version="1.34.9-20260714")
    assert (one.path, one.value) == ("version", "")


@pytest.mark.parametrize("release", ["latest", "v20260714", "1.34-20260714", "1.62.0-8deeba4c"])
def test_a_release_that_is_none_is_named(release: str) -> None:
    one = the_violation(version="1.34", release_version=release)
    assert (one.path, one.value) == ("release_version", release)
    assert one.rule == "a release of al2023 is written as 1.34.9-20260714"
    assert one.remedy.startswith("aws ssm get-parameter --name /aws/service/eks/optimized-ami/1.34/")


def test_a_release_of_bottlerocket_is_written_in_its_own_way() -> None:
    assert image(os="bottlerocket", version="1.34", release_version="1.62.0-8deeba4c").release == "1.62.0-8deeba4c"
    one = the_violation(os="bottlerocket", version="1.34", release_version="1.34.9-20260714")
    assert one.rule == "a release of bottlerocket is written as 1.62.0-8deeba4c"
    assert one.remedy == (
        "aws ssm get-parameter --name /aws/service/bottlerocket/aws-k8s-1.34-nvidia/x86_64/latest/image_version"
    )


def test_an_image_of_another_version_than_the_clusters_is_named() -> None:
    """Rule 10: a new group has the cluster's version."""
    one = the_violation(version="1.35", release_version="1.34.9-20260714")
    assert (one.path, one.value) == ("release_version", "1.34.9-20260714")
    assert one.rule == "the image is for the cluster's version, 1.35"


def test_a_version_that_is_none_is_named() -> None:
    one = the_violation(version="v1.34", release_version="1.34.9-20260714")
    assert (one.path, one.value, one.rule) == ("version", "v1.34", "Kubernetes' version is written as 1.34")
    assert one.remedy == "aws eks describe-cluster --query cluster.version"


def test_one_cuda_image_filled_the_root_volume() -> None:
    """B8: 200 GiB by default, never EKS's 20."""
    assert [(volume.device, volume.gib) for volume in image().volumes] == [("/dev/xvda", 200)]
    assert [(v.device, v.gib) for v in image(os="bottlerocket", root_gib=300).volumes] == [
        ("/dev/xvda", 4),
        ("/dev/xvdb", 300),
    ]


@pytest.mark.parametrize(
    ("name", "gib", "least"), [("g5g.xlarge", 99, 100), ("g6e.xlarge", 19, 20), ("g6e.xlarge", 65537, 20)]
)
def test_a_root_volume_that_holds_no_image_is_named(name: str, gib: int, least: int) -> None:
    """B8, rule 25."""
    one = the_violation(accelerator=known(name), root_gib=gib)
    assert (one.path, one.value, one.remedy) == ("root_gib", gib, "set 200")
    assert f"from {least} to 65536" in one.rule
    assert ("has no NVMe" in one.rule) == (name == "g5g.xlarge")


@pytest.mark.parametrize("gib", [True, 200.5, "200"])
def test_a_size_that_is_no_whole_number_is_named(gib: object) -> None:
    assert the_violation(root_gib=gib).path == "root_gib"


def test_local_nvme_becomes_one_array() -> None:
    output = base64.b64decode(image().user_data).decode()
    assert "application/node.eks.aws" in output
    assert "strategy: RAID0" in output
    assert image(accelerator=known("g5g.xlarge")).user_data == ""


def test_local_nvme_becomes_one_array_on_bottlerocket() -> None:
    made = tomllib.loads(base64.b64decode(image(os="bottlerocket").user_data).decode())
    command = made["settings"]["bootstrap-commands"]["000-mount-instance-storage"]
    assert command["commands"][0] == ["apiclient", "ephemeral-storage", "init"]
    assert "/var/lib/containerd" in command["commands"][1]
    assert (command["essential"], command["mode"]) == (True, "always")
