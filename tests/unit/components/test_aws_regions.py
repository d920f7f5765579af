"""What depends on a region: its partition's names, and the zones that it has."""

import json
from collections.abc import Iterator

import pytest
from botocore.session import Session

from components.accelerators import AwsAccess, Unanswered, accelerator_of
from components.cluster.component import Cluster
from components.cluster.spec import eks_kubeconfig
from components.gpu_pool.component import GpuPool
from components.gpu_pool.image import NodeImage
from components.partition import managed_policy, partition_of, service_principal
from components.violations import SpecError
from components.zones import check_zones
from tests.local_moto import local_moto
from tests.unit.components.recorder import Recorder, declared
from tests.unit.components.test_gpu_pool_spec import accelerator


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with local_moto() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


def test_every_region_has_the_partition_that_aws_says() -> None:
    session = Session()
    for partition in session.get_available_partitions():
        for region in session.get_available_regions("ec2", partition_name=partition):
            assert partition_of(region) == partition


@pytest.mark.parametrize(
    ("region", "partition", "ec2"),
    [
        ("eu-west-1", "aws", "ec2.amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "ec2.amazonaws.com"),
        ("cn-north-1", "aws-cn", "ec2.amazonaws.com.cn"),
    ],
)
def test_arns_and_principals_are_of_the_regions_partition(region: str, partition: str, ec2: str) -> None:
    assert managed_policy("X", region) == f"arn:{partition}:iam::aws:policy/X"
    assert (service_principal("ec2", region), service_principal("eks", region)) == (ec2, "eks.amazonaws.com")


def test_a_cluster_and_a_pool_in_china_have_no_arn_of_the_public_cloud() -> None:
    region = "cn-north-1"

    def program() -> None:
        Cluster(
            "cluster",
            {
                "subnet_ids": ["subnet-1", "subnet-2"],
                "security_group_id": "sg-1",
                "region": region,
                "profile": "china",
                "admins": ["arn:aws-cn:iam::111122223333:role/platform"],
            },
        )
        GpuPool(
            "gpu",
            {
                "accelerator": accelerator((True,)),
                "nodes": 1,
                "region": region,
                "subnet_id": "subnet-1",
                "security_group_id": "sg-1",
                "cluster_name": "cluster",
            },
        )

    seen = declared(program, Recorder())
    inputs = json.dumps([one.inputs for one in seen.seen if "iam" in one.kind])
    assert inputs.count("arn:aws-cn:iam::aws:policy/") == 4
    assert "arn:aws:iam" not in inputs
    assert "ec2.amazonaws.com.cn" in inputs


def test_a_kubeconfig_asks_by_the_profile_that_made_the_cluster() -> None:
    def asked(profile: str) -> list[str]:
        document = json.loads(eks_kubeconfig("c", "https://x", "QQ==", "us-east-1", profile))
        return document["users"][0]["user"]["exec"]["args"]

    assert asked("platform")[-2:] == ["--profile", "platform"]
    assert "--profile" not in asked("")


def test_a_zone_in_which_eks_cannot_be_is_refused(moto: str) -> None:
    """By its ID: its name is another in each account."""
    with pytest.raises(SpecError, match=r"zones = 'us-east-1e': EKS has no control plane in it: it is use1-az3"):
        check_zones(["us-east-1a", "us-east-1e"], AwsAccess(region="us-east-1", endpoint=moto))
    check_zones(["us-east-1a", "us-east-1b"], AwsAccess(region="us-east-1", endpoint=moto))


def test_a_zone_that_the_region_lacks_is_refused_with_those_that_it_has(moto: str) -> None:
    with pytest.raises(SpecError) as caught:
        check_zones(["ca-central-1a", "ca-central-1c"], AwsAccess(region="ca-central-1", endpoint=moto))
    assert [violation.value for violation in caught.value.violations] == ["ca-central-1c"]
    assert "one of ca-central-1a, ca-central-1b, ca-central-1d" in str(caught.value)


def test_zones_that_cannot_be_asked_are_not_called_wrong() -> None:
    with pytest.raises(Unanswered, match="did not say"):
        check_zones(["us-east-1a"], AwsAccess(region="us-east-1", endpoint="http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("kind", "ami"), [("g5g.xlarge", "AL2023_ARM_64_NVIDIA"), ("p5.48xlarge", "AL2023_x86_64_NVIDIA")]
)
def test_an_arm_type_starts_an_image_for_arm(moto: str, kind: str, ami: str) -> None:
    found = accelerator_of(kind, AwsAccess(region="us-east-1", endpoint=moto))
    assert NodeImage(accelerator=found).ami_type == ami
