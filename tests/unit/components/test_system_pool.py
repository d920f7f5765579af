"""SystemPool: nodes without a taint in two zones, their image pinned; what EKS or a budget refuses is named."""

import gzip
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import cast

import pytest
import yaml
from botocore.model import StringShape

from components.accelerators import InstanceType, arm, nvidia_gpus
from components.system_pool.args import SystemPoolArgs
from components.system_pool.component import SystemPool
from components.system_pool.spec import DEFAULT_TYPES, SystemPoolSpec
from components.violations import SpecError, Violation
from tests.unit.components.engine_requests import Requests, requested
from tests.unit.components.test_cluster_spec import shape

ARGS: SystemPoolArgs = {
    "cluster_name": "factory",
    "cluster_version": "1.34",
    "region": "us-east-1",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "security_group_id": "sg-1",
}
NODES = "aws:eks/nodeGroup:NodeGroup"
RECIPE = Path(__file__).parents[3] / "workloads" / "pipeline" / "recipes" / "production.yaml"


def made(changed: Mapping[str, object] = {}) -> Requests:
    return requested(lambda: SystemPool("system", cast("SystemPoolArgs", {**ARGS, **changed})))


def group(changed: Mapping[str, object] = {}) -> Mapping[str, object]:
    return made(changed).inputs(NODES, "system-nodes")


def template(changed: Mapping[str, object] = {}) -> Mapping[str, object]:
    return made(changed).inputs("aws:ec2/launchTemplate:LaunchTemplate", "system-template")


def violation(changed: Mapping[str, object]) -> Violation:
    with pytest.raises(SpecError) as caught:
        SystemPoolSpec.parse(cast("SystemPoolArgs", {**ARGS, **changed}))
    assert caught.value.component == "SystemPool"
    assert len(caught.value.violations) == 1, str(caught.value)
    return caught.value.violations[0]


def types_of_ec2() -> dict[str, InstanceType]:
    """EC2's own facts, as moto keeps them."""
    packed = (files("moto.ec2") / "resources" / "instance_types.json.gz").read_bytes()
    return cast("dict[str, InstanceType]", json.loads(gzip.decompress(packed)))


def test_what_asks_for_no_gpu_finds_a_node() -> None:
    """A2: DNS, controllers, MLflow and the stages without a GPU tolerate no taint, and this pool has none."""
    found = group()
    assert "taints" not in found
    assert found["subnetIds"] == ["subnet-1", "subnet-2"]
    assert found["scalingConfig"] == {"desiredSize": 2.0, "minSize": 2.0, "maxSize": 2.0}


def test_the_default_type_holds_every_stage_without_a_gpu_of_the_production_recipe() -> None:
    """A2: a node that is too small leaves `clean` Pending as a taint does."""
    recipe = cast("dict[str, dict[str, dict[str, float]]]", yaml.safe_load(RECIPE.read_text()))
    stages = [stage for stage in recipe["resources"].values() if not stage["gpus"]]
    facts = types_of_ec2()[DEFAULT_TYPES[0]]
    assert len(stages) >= 4
    # A tenth is for the kubelet, the system and the DaemonSets.
    assert max(stage["cpu_request"] for stage in stages) <= 0.9 * facts["VCpuInfo"]["DefaultVCpus"]
    assert max(stage["memory_gib"] for stage in stages) <= 0.9 * facts["MemoryInfo"]["SizeInMiB"] / 1024


def test_no_autoscaler_and_no_deployment_undo_each_other() -> None:
    """C10: the count is fixed at both ends, so nothing but this program moves it."""
    assert group({"nodes": 3})["scalingConfig"] == {"desiredSize": 3.0, "minSize": 3.0, "maxSize": 3.0}


def test_an_image_does_not_change_overnight() -> None:
    """C2 and complaint 21: the release is written down, and of the cluster's version."""
    found = group()
    assert (found["version"], found["releaseVersion"]) == ("1.34", "1.34.9-20260714")
    assert group({"cluster_version": "1.35"})["releaseVersion"] == "1.35.6-20260714"
    assert group({"ami_release": "1.34.2-20251209"})["releaseVersion"] == "1.34.2-20251209"


def test_an_update_waits_for_the_new_node_and_takes_one_at_a_time() -> None:
    """C1."""
    assert group()["updateConfig"] == {"maxUnavailable": 1.0, "updateStrategy": "DEFAULT"}


def test_a_node_that_died_is_replaced() -> None:
    """C4: repair is off by default."""
    assert group()["nodeRepairConfig"] == {"enabled": True}


def test_a_root_volume_is_large_enough_and_encrypted() -> None:
    """B8: else it has 20 GiB, and one image with CUDA fills it."""
    ebs = {"volumeType": "gp3", "volumeSize": 200.0, "encrypted": "true", "deleteOnTermination": "true"}
    assert template()["blockDeviceMappings"] == [{"deviceName": "/dev/xvda", "ebs": ebs}]
    keyed = template({"disk_gib": 500, "kms_key_arn": "arn:aws:kms:us-east-1:1:key/1"})["blockDeviceMappings"]
    assert keyed == [
        {"deviceName": "/dev/xvda", "ebs": {**ebs, "volumeSize": 500.0, "kmsKeyId": "arn:aws:kms:us-east-1:1:key/1"}}
    ]


def test_a_pod_does_not_reach_the_credentials_of_its_node() -> None:
    assert template()["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1.0,
    }


def test_the_template_names_nothing_that_eks_refuses_in_one() -> None:
    """Rule 12: types are the group's, so the template has none; subnets, profiles and disk sizes are never in it."""
    assert not {"instanceType", "iamInstanceProfile", "imageId", "networkInterfaces", "instanceMarketOptions"} & set(
        template()
    )
    assert not {"diskSize", "remoteAccess"} & set(group())


def test_the_role_of_the_nodes_has_no_permission_of_the_network() -> None:
    """The network's is on vpc-cni's own role; B11: and both are of the region's partition."""
    found = made({"region": "cn-north-1"})
    attached = {
        one.inputs["policyArn"] for one in found.recorded.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    }
    assert attached == {
        "arn:aws-cn:iam::aws:policy/AmazonEKSWorkerNodePolicy",
        "arn:aws-cn:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    }
    assert found.waits_for("system-nodes") >= {
        name.rsplit("/", 1)[-1].join(("system-", "")) for name in map(str, attached)
    }


def test_a_policy_can_judge_the_pool_by_its_inputs() -> None:
    found = made({"nodes": 4}).inputs("aifactory:system_pool:SystemPool", "system")
    assert (found["nodes"], found["zones"], found["instanceTypes"]) == (4, 2, ["r7i.8xlarge"])


def test_nodes_carry_the_name_of_their_pool() -> None:
    assert group({"labels": {"team": "a"}})["labels"] == {"team": "a", "aifactory/pool": "system"}


def test_graviton_starts_an_image_for_arm() -> None:
    known = cast("StringShape", shape("eks", "AMITypes")).enum
    found = group({"instance_types": ["r8g.8xlarge", "r7gd.8xlarge"]})
    assert found["amiType"] == "AL2023_ARM_64_STANDARD"
    assert group()["amiType"] == "AL2023_x86_64_STANDARD"
    assert {"AL2023_ARM_64_STANDARD", "AL2023_x86_64_STANDARD"} <= set(known)


def test_the_processor_that_a_name_says_is_the_one_that_ec2_says() -> None:
    """For every type of EC2 that the pool admits."""
    judged: set[str] = set()
    for name, facts in types_of_ec2().items():
        try:
            spec = SystemPoolSpec.parse({**ARGS, "instance_types": [name]})
        except SpecError:
            continue
        assert spec.arm == arm(facts), name
        assert not nvidia_gpus(facts), name
        judged.add(name)
    assert len(judged) > 900


@pytest.mark.parametrize(
    ("changed", "path", "value", "rule", "remedy"),
    [
        ({"subnet_ids": ["subnet-1"]}, "subnet_ids", 1, "2 zones", "private subnets"),
        ({"nodes": 1}, "nodes", 1, "in each of its zones", "raise"),
        ({"nodes": 2.5}, "nodes", 2.5, "2 or more", "raise"),
        ({"nodes": 451}, "nodes", 451, "450 at most", "raise"),
        ({"disk_gib": 20}, "disk_gib", 20, "50 GiB or more", "e.g. 200"),
        ({"instance_types": []}, "instance_types", 0, "1 to 20", "e.g. r7i"),
        ({"instance_types": ["large"]}, "instance_types[0]", "large", "a family", "m7i.xlarge"),
        ({"instance_types": ["p5.48xlarge"]}, "instance_types[0]", "p5.48xlarge", "neither accelerators", "GpuPool"),
        (
            {"instance_types": ["m7g.xlarge", "m7i.xlarge"]},
            "instance_types",
            "m7g.xlarge,m7i.xlarge",
            "one architecture",
            "m7g.xlarge",
        ),
        ({"cluster_version": "1.20"}, "cluster_version", "1.20", "its table", "1.34"),
        ({"ami_release": "latest"}, "ami_release", "latest", "a date", "1.34.9-20260714"),
        ({"ami_release": "1.35.6-20260714"}, "ami_release", "1.35.6-20260714", "which is 1.34", "1.34.9-20260714"),
    ],
)
def test_what_eks_or_a_budget_refuses_is_named(
    changed: dict[str, object], path: str, value: object, rule: str, remedy: str
) -> None:
    one = violation(changed)
    assert (one.path, one.value) == (path, value)
    assert rule in one.rule
    assert remedy in one.remedy
