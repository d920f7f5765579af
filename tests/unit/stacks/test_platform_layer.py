"""What the layer platform declares on a Kubernetes and a store that exist already, recorded."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest

from components.violations import SpecError
from stacks.keys import with_keys
from stacks.layers import platform
from stacks.settings import PROJECT, StackName
from tests.unit.components.recorder import Recorder, declared

NOWHERE = "http://127.0.0.1:1"
STACK = StackName("onprem", "platform")
COMMON = {"cidr": "10.64.0.0/16", "gpuNodes": "0", "filesystemGiB": "100", "objectsBucket": "objects"}
set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.fixture
def existing(tmp_path: Path) -> dict[str, str]:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("{}")
    return {
        **COMMON,
        "kubeconfig": str(kubeconfig),
        "objectsEndpoint": "https://store.example.org:9000",
        "objectsProfile": "objects",
    }


def deployed(values: Mapping[str, str]) -> Recorder:
    set_all_config({f"{PROJECT}:{key}": value for key, value in values.items()})
    return declared(lambda: platform.deploy(STACK))


def test_nothing_of_aws_is_declared(existing: dict[str, str]) -> None:
    seen = deployed({**existing, "storageClass": "shared"})
    kinds = set(seen.kinds().values())
    assert [kind for kind in kinds if "aws" in kind] == []
    assert kinds == {
        "aifactory:cluster:ExistingCluster",
        "pulumi:providers:kubernetes",
        "kubernetes:core/v1:Namespace",
        "aifactory:filesystem:Filesystem",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "aifactory:object_store:ObjectStore",
        "aifactory:object_store:Bucket",
        "aifactory:object_store:Object",
    }


def test_the_filesystem_is_claimed_of_the_storage_class(existing: dict[str, str]) -> None:
    seen = deployed({**existing, "storageClass": "shared"})
    (claim,) = (one.inputs for one in seen.seen if one.kind.endswith(":PersistentVolumeClaim"))
    assert cast("Mapping[str, object]", claim["spec"])["storageClassName"] == "shared"
    assert "volumeName" not in cast("Mapping[str, object]", claim["spec"])


def test_a_folder_of_the_only_node_is_a_volume_of_its_own(existing: dict[str, str]) -> None:
    seen = deployed({**existing, "localVolume": "/srv/shared"})
    (volume,) = (one.inputs for one in seen.seen if one.kind.endswith(":PersistentVolume"))
    assert cast("Mapping[str, Mapping[str, str]]", volume["spec"])["hostPath"]["path"] == "/srv/shared"
    assert [kind for kind in seen.kinds().values() if "aws" in kind] == []


def test_the_contract_says_where_gpus_are(existing: dict[str, str]) -> None:
    seen = deployed(
        {**existing, "storageClass": "shared", "gpuNodes": "4", "gpuNodeLabels": "gpu=yes", "gpuMemoryGiB": "80"}
    )
    (contract,) = (one.inputs for one in seen.seen if one.kind == "aifactory:object_store:Object")
    assert '"gpu_node_labels": {"gpu": "yes"}' in str(contract["content"])
    assert '"gpu_memory_gib": 80' in str(contract["content"])
    assert (contract["bucket"], contract["endpoint"]) == ("objects", "https://store.example.org:9000")


def test_with_a_region_the_kubernetes_given_stands_beside_eks(existing: dict[str, str]) -> None:
    # Nothing answers there: who may not ask EC2 for its zones deploys all the same.
    aws = {
        "region": "eu-west-1",
        "zones": "eu-west-1a,eu-west-1b",
        "localVolume": "/srv/shared",
        "awsEndpoint": NOWHERE,
    }
    seen = deployed({**existing, **aws})
    kinds = set(seen.kinds().values())
    assert "aws:eks/cluster:Cluster" in kinds
    assert "aws:fsx/lustreFileSystem:LustreFileSystem" not in kinds


def test_the_lustre_volume_is_mounted_with_locks(existing: dict[str, str]) -> None:
    """SQLite and the gateway's spool failed on FSx."""
    aws = {"region": "eu-west-1", "zones": "eu-west-1a,eu-west-1b", "awsEndpoint": NOWHERE}
    seen = deployed({**existing, **aws, "filesystemGiB": "1200"})
    volume = next(one.inputs for one in seen.seen if one.name == "filesystem-volume")
    spec = cast("Mapping[str, object]", volume["spec"])
    assert spec["mountOptions"] == ["flock"]
    assert cast("Mapping[str, str]", spec["csi"])["driver"] == "fsx.csi.aws.com"


def test_a_kubeconfig_that_is_not_there_is_one_message(existing: dict[str, str]) -> None:
    with pytest.raises(SpecError, match=r"kubeconfig = '/nowhere': a kubeconfig is a file on this machine"):
        deployed({**existing, "storageClass": "shared", "kubeconfig": "/nowhere"})


def test_a_third_zone_is_the_nodes_alone(existing: dict[str, str]) -> None:
    """EKS refuses another zone for a control plane that exists."""
    aws = {"region": "eu-west-1", "localVolume": "/srv/shared", "awsEndpoint": NOWHERE}
    cidr, zones = "10.64.0.0/16,10.65.0.0/16", "eu-west-1a,eu-west-1b,eu-west-1c"
    seen = deployed({**existing, **aws, "cidr": cidr, "zones": zones})
    (cluster,) = (one.inputs for one in seen.seen if one.kind == "aws:eks/cluster:Cluster")
    placed = cast("Mapping[str, list[str]]", cluster["vpcConfig"])["subnetIds"]
    assert placed == [f"network-private-eu-west-1{zone}-id" for zone in "ab"]
    assert len([one for one in seen.seen if one.kind == "aws:ec2/subnet:Subnet"]) == 6


def test_zones_and_instance_type_are_refused_in_one_message(existing: dict[str, str]) -> None:
    aws = {"region": "eu-west-1", "localVolume": "/srv/shared", "awsEndpoint": NOWHERE, "gpuInstanceType": "p5"}
    with pytest.raises(SpecError) as caught:
        deployed({**existing, **aws, "zones": "us-east-1a,us-east-1b"})
    output = str(with_keys(caught.value))
    assert "Network: zones = 'us-east-1a'" in output
    assert "it is set by aifactory:zones" in output
    assert "GpuPool: instance_type = 'p5'" in output
    assert "it is set by aifactory:gpuInstanceType" in output
