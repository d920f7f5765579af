"""What the layer platform takes from its configuration, and what it says of settings that cannot be."""

import json
from pathlib import Path
from typing import cast

import pytest
import yaml

from components.violations import SpecError
from stacks import contracts
from stacks.configuration import of_stack
from stacks.settings import SECTIONS, PlatformSettings, Reader, StackName

ROOT = Path(__file__).resolve().parents[3]

DEFAULTS = {"cidr": "10.64.0.0/16", "gpuNodes": "0", "filesystemGiB": "100", "objectsBucket": "objects"}
EXISTING = {
    **DEFAULTS,
    "kubeconfig": "/etc/kubeconfig",
    "objectsEndpoint": "https://store.example.org:9000",
    "storageClass": "shared",
}


def read(values: dict[str, str]) -> PlatformSettings:
    return PlatformSettings.read(Reader("onprem.platform", values))


def violations(values: dict[str, str]) -> dict[str, str]:
    """Key -> the line that is said of it."""
    with pytest.raises(SpecError) as caught:
        read(values)
    return {violation.path: str(violation) for violation in caught.value.violations}


def test_without_a_region_there_is_no_aws() -> None:
    settings = read(EXISTING)
    assert settings.aws is None
    assert settings.storage_class == "shared"


def test_with_a_region_it_is_as_ever() -> None:
    settings = read({**DEFAULTS, "region": "eu-west-1", "zones": "eu-west-1a, eu-west-1b", "gpuNodes": "0"})
    assert settings.aws is not None
    assert settings.aws.region == "eu-west-1"
    assert settings.zones == ("eu-west-1a", "eu-west-1b")


def test_neither_region_nor_kubeconfig_is_one_fault_that_names_both() -> None:
    output = violations(DEFAULTS)
    assert list(output) == ["aifactory:region"]
    assert "set kubeconfig to a path" in output["aifactory:region"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("awsEndpoint", "http://127.0.0.1:5000"),
        ("awsProfile", "moto"),
        ("zones", "eu-west-1a,eu-west-1b"),
        ("gpuInstanceType", "p5.48xlarge"),
    ],
)
def test_what_can_only_be_meant_for_aws_contradicts_no_region(key: str, value: str) -> None:
    output = violations({**EXISTING, key: value})
    assert list(output) == [f"aifactory:{key}"]
    assert repr(value) in output[f"aifactory:{key}"]
    assert "without aifactory:region" in output[f"aifactory:{key}"]
    assert f"pulumi config rm {key} --stack onprem.platform" in output[f"aifactory:{key}"]


def test_sections_that_nobody_wrote_contradict_nothing() -> None:
    # The engine gives a key that is not configured the default of Pulumi.yaml.
    document = cast("dict[str, dict[str, dict[str, object]]]", yaml.safe_load((ROOT / "Pulumi.yaml").read_text()))
    written = {key: json.dumps({}) for key, one in document["config"].items() if one.get("default") == {}}
    assert set(SECTIONS) <= set(written)
    assert read({**EXISTING, **written}).aws is None


def test_everything_that_a_standing_cluster_lacks_is_said_at_once() -> None:
    output = violations({**DEFAULTS, "kubeconfig": "/etc/kubeconfig"})
    assert set(output) == {"aifactory:objectsEndpoint", "aifactory:storageClass"}


def test_a_filesystem_is_of_one_thing() -> None:
    assert set(violations({**EXISTING, "localVolume": "/srv/shared"})) == {"aifactory:storageClass"}


def test_gpu_nodes_that_stand_are_named_by_their_labels() -> None:
    settings = read({**EXISTING, "gpuNodes": "4", "gpuNodeLabels": "nvidia.com/gpu.present=true, team=ml"})
    assert settings.gpu_node_labels == {"nvidia.com/gpu.present": "true", "team": "ml"}
    assert contracts.gpu_node_labels(settings) == settings.gpu_node_labels


def test_a_pool_that_is_made_has_the_label_of_the_pool() -> None:
    settings = read({**DEFAULTS, "region": "eu-west-1", "gpuInstanceType": "p5.48xlarge", "gpuNodes": "2"})
    assert contracts.gpu_node_labels(settings) == {"aifactory/pool": "gpu"}


@pytest.mark.parametrize("labels", ["gpu", "=true", "a=b,,c=d", "a b=c"])
def test_labels_that_are_none_are_refused(labels: str) -> None:
    assert list(violations({**EXISTING, "gpuNodeLabels": labels})) == ["aifactory:gpuNodeLabels"]


def test_gpu_nodes_without_a_type_or_labels_are_refused() -> None:
    assert list(violations({**EXISTING, "gpuNodes": "4"})) == ["aifactory:gpuNodes"]


@pytest.mark.parametrize("layer", ["vault", "platform", "workloads"])
def test_the_example_onprem_needs_only_what_its_command_adds(layer: str) -> None:
    values = dict(of_stack(StackName("onprem", layer)).values)
    assert values.get("region", "") == ""
    if layer == "platform":
        added = {"kubeconfig": "/etc/kubeconfig", "objectsEndpoint": "https://store.example.org"}
        assert read({**values, **added}).aws is None


@pytest.mark.parametrize("region", ["us-east1", "useast-1", "us-east-1a", "us_east_1", "http://127.0.0.1"])
def test_a_region_that_is_none_is_refused(region: str) -> None:
    assert list(violations({**DEFAULTS, "region": region})) == ["aifactory:region"]


@pytest.mark.parametrize(
    "region", ["us-gov-west-1", "cn-north-1", "ap-southeast-5", "us-isob-east-1", "eusc-de-east-1"]
)
def test_regions_of_every_partition_are_taken(region: str) -> None:
    assert read({**DEFAULTS, "region": region}).aws is not None


def test_what_ec2_knows_is_not_said_twice() -> None:
    aws = {**DEFAULTS, "region": "eu-west-1", "gpuInstanceType": "p5.48xlarge", "gpuMemoryGiB": "40"}
    assert list(violations(aws)) == ["aifactory:gpuMemoryGiB"]


def test_further_blocks_of_the_network_are_separated_by_commas() -> None:
    settings = read({**DEFAULTS, "region": "eu-west-1", "cidr": "10.64.0.0/16, 10.65.0.0/16"})
    assert settings.cidrs == ("10.64.0.0/16", "10.65.0.0/16")


AT_AWS = {**DEFAULTS, "region": "eu-west-1", "zones": "eu-west-1a,eu-west-1b"}
KARPENTER = {
    **AT_AWS,
    "gpuInstanceType": "g6e.2xlarge",
    "karpenterPool": '{"max_nodes": 4}',
    "controllers": '{"names": ["karpenter"]}',
}


def test_a_pool_by_karpenter_has_its_limit_as_its_size() -> None:
    settings = read(KARPENTER)
    assert settings.most_gpu_nodes == (4, "aifactory:karpenterPool.max_nodes")


@pytest.mark.parametrize(
    ("changed", "key", "rule"),
    [
        ({"controllers": '{"names": ["jobset"]}'}, "controllers.names", "add karpenter"),
        ({"controllers": ""}, "controllers.names", "started by Karpenter's controller"),
        ({"gpuInstanceType": ""}, "gpuInstanceType", "of one instance type"),
        ({"gpuNodes": "2"}, "gpuNodes", "pods decide"),
        ({"gpuPool": '{"root_gib": 300}'}, "gpuPool", "not both"),
        ({"karpenterPool": '{"replicas": 1}'}, "karpenterPool.max_nodes", "up to a count"),
        ({"kubeconfig": "/k"}, "kubeconfig", "nodes of Karpenter's join EKS"),
    ],
)
def test_a_pool_by_karpenter_that_cannot_be_says_what_it_lacks(changed: dict[str, str], key: str, rule: str) -> None:
    output = violations({**KARPENTER, **changed})
    assert list(output) == [f"aifactory:{key}"]
    assert rule in output[f"aifactory:{key}"]


@pytest.mark.parametrize(
    ("changed", "key", "rule"),
    [
        ({"bucketVolume": '{"prefix": "text"}'}, "bucketVolume.bucket", "a bucket that exists"),
        ({"bucketVolume": '{"bucket": "b", "claim": "shared"}'}, "bucketVolume.claim", "claims of the filesystems"),
        ({"kubeconfig": "/k"}, "kubeconfig", "an add-on of EKS"),
    ],
)
def test_a_mounted_bucket_that_cannot_be_says_what_it_lacks(changed: dict[str, str], key: str, rule: str) -> None:
    output = violations({**AT_AWS, "bucketVolume": '{"bucket": "b"}', **changed})
    assert list(output) == [f"aifactory:{key}"]
    assert rule in output[f"aifactory:{key}"]


@pytest.mark.parametrize("key", ["karpenterPool", "bucketVolume"])
def test_what_only_aws_makes_is_refused_without_a_region(key: str) -> None:
    section = {"karpenterPool": '{"max_nodes": 1}', "bucketVolume": '{"bucket": "b"}'}[key]
    output = violations({**EXISTING, key: section})
    assert list(output) == [f"aifactory:{key}"]
    assert "nothing is made at AWS" in output[f"aifactory:{key}"]
