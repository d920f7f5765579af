"""What a GPU pool declares, recorded: what EKS and EC2 are asked for, by kind of capacity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, cast

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor

from components.gpu_pool.component import GpuPool
from tests.unit.components.recorder import Recorder, declared
from tests.unit.components.test_gpu_pool_capacity import BLOCK, GROUP, RESERVATION, START, in_block
from tests.unit.components.test_gpu_pool_spec import known, pool


class Answers(Recorder):
    """Gives what a pool reads of what it makes: names, the template's version, the group's Auto Scaling group."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        identity, state = super().new_resource(args)
        group = [{"autoscalingGroups": [{"name": "eks-gpu-nodes"}], "remoteAccessSecurityGroupId": ""}]
        return identity, {"name": args.name, **state, "latestVersion": 3, "resources": group}


class Asked(Protocol):
    """The options of a resource, as the engine is asked for them."""

    name: str
    ignoreChanges: Sequence[str]
    deleteBeforeReplace: bool


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Asked]:
    """What the engine is asked for by name: its mocks are shown the inputs alone."""
    by_name: dict[str, Asked] = {}
    answer = cast("Callable[[MockMonitor, Asked], object]", vars(MockMonitor)["RegisterResource"])

    def register(monitor: MockMonitor, request: Asked) -> object:
        by_name[request.name] = request
        return answer(monitor, request)

    monkeypatch.setattr(MockMonitor, "RegisterResource", register)
    return by_name


def recorded(**changes: object) -> Recorder:
    """What a pool with these changes declares."""
    return declared(lambda: GpuPool("gpu", pool(**changes)), Answers())


def mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value)


def sequence(value: object) -> list[Mapping[str, object]]:
    return cast("list[Mapping[str, object]]", value)


def nodes(**changes: object) -> Mapping[str, object]:
    return recorded(**changes).inputs()["gpu-nodes"]


def template(**changes: object) -> Mapping[str, object]:
    return recorded(**changes).inputs()["gpu-template"]


def test_a_pool_on_demand_is_a_role_a_template_a_placement_and_a_group() -> None:
    assert recorded().kinds() == {
        "gpu": "aifactory:gpu_pool:GpuPool",
        "gpu-role": "aws:iam/role:Role",
        "gpu-AmazonEKSWorkerNodePolicy": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "gpu-AmazonEKS_CNI_Policy": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "gpu-AmazonEC2ContainerRegistryReadOnly": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "gpu-placement": "aws:ec2/placementGroup:PlacementGroup",
        "gpu-template": "aws:ec2/launchTemplate:LaunchTemplate",
        "gpu-nodes": "aws:eks/nodeGroup:NodeGroup",
    }
    assert template()["placement"] == {"groupName": "gpu-placement"}


def test_policies_see_what_a_pool_is_made_of() -> None:
    seen = recorded(version="1.34", release_version="1.34.9-20260714").inputs()["gpu"]
    assert (seen["instanceType"], seen["nodes"], seen["maxNodes"], seen["capacity"]) == (
        "g6e.48xlarge",
        2,
        2,
        "on-demand",
    )
    assert (seen["rootGib"], seen["releaseVersion"], seen["taint"]) == (200, "1.34.9-20260714", "nvidia.com/gpu")


def test_nothing_could_name_a_reservation() -> None:
    """A7: by its ID or its group's ARN, and with its own placement group or none."""
    by_id = template(capacity={**RESERVATION, "placement_group": "train"})
    assert by_id["capacityReservationSpecification"] == {
        "capacityReservationPreference": "capacity-reservations-only",
        "capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"},
    }
    assert by_id["placement"] == {"groupName": "train"}
    by_group = template(capacity={"kind": "reservation", "resource_group_arn": GROUP})
    assert by_group["capacityReservationSpecification"] == {
        "capacityReservationPreference": "capacity-reservations-only",
        "capacityReservationTarget": {"capacityReservationResourceGroupArn": GROUP},
    }
    assert "placement" not in by_group
    assert "instanceMarketOptions" not in by_group
    assert "gpu-placement" not in recorded(capacity=RESERVATION).kinds()


def test_nothing_could_name_a_capacity_block() -> None:
    """A7, rule 19: market, reservation, type in the template, one subnet, no placement group."""
    seen = recorded(**in_block())
    made, group = seen.inputs()["gpu-template"], seen.inputs()["gpu-nodes"]
    assert made["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert made["capacityReservationSpecification"] == {
        "capacityReservationTarget": {"capacityReservationId": BLOCK["id"]}
    }
    assert (made["instanceType"], "placement" in made) == ("p5.48xlarge", False)
    assert (group["capacityType"], group["subnetIds"], "instanceTypes" in group) == (
        "CAPACITY_BLOCK",
        ["subnet-1"],
        False,
    )
    assert group["scalingConfig"] == {"desiredSize": 4, "minSize": 0, "maxSize": 4}
    assert "gpu-placement" not in seen.kinds()
    assert "gpu-opening" not in seen.kinds()


def test_a_pool_was_made_before_its_block_and_failed_for_ever() -> None:
    """A7, complaint 5: it starts empty, and EC2 Auto Scaling fills it when the block begins."""
    seen = recorded(**in_block(now=START - timedelta(days=3))).inputs()
    assert seen["gpu-nodes"]["scalingConfig"] == {"desiredSize": 0, "minSize": 0, "maxSize": 4}
    assert seen["gpu-opening"] == {
        "autoscalingGroupName": "eks-gpu-nodes",
        "scheduledActionName": "gpu-opening",
        "startTime": "2027-01-04T11:30:00Z",
        "desiredCapacity": 4,
        "minSize": 0,
        "maxSize": 4,
    }


def test_a_pool_of_a_block_is_previewed_before_its_group_is_known() -> None:
    changes = in_block(now=START - timedelta(days=3))
    assert "gpu-opening" in declared(lambda: GpuPool("gpu", pool(**changes)), Answers(), preview=True).kinds()


def test_spot_is_the_groups_word_and_not_the_templates() -> None:
    """Rules 12 and 26."""
    seen = recorded(capacity={"kind": "spot"}).inputs()
    assert seen["gpu-nodes"]["capacityType"] == "SPOT"
    assert "instanceMarketOptions" not in seen["gpu-template"]
    assert "placement" not in seen["gpu-template"]


def test_an_update_asked_for_gpus_that_do_not_exist() -> None:
    """C1, complaints 6 and 7: one node ends before one starts, maximum and desired size stay."""
    assert nodes()["updateConfig"] == {"updateStrategy": "MINIMAL", "maxUnavailable": 1}


def test_a_replacement_asked_for_the_same_gpus_twice(asked: dict[str, Asked]) -> None:
    """C1: another subnet or market replaces the group, and the old one goes first."""
    recorded()
    assert [name for name, one in asked.items() if one.deleteBeforeReplace] == ["gpu-nodes"]


def test_a_dead_gpu_stayed() -> None:
    """C4."""
    assert nodes()["nodeRepairConfig"] == {"enabled": True, "maxParallelNodesRepairedCount": 1}


def test_every_up_undid_what_the_autoscaler_did(asked: dict[str, Asked]) -> None:
    """C10: with a range the size is the autoscaler's, without one it is what is declared."""
    assert nodes(min_nodes=0, max_nodes=8)["scalingConfig"] == {"desiredSize": 2, "minSize": 0, "maxSize": 8}
    assert list(asked["gpu-nodes"].ignoreChanges) == ["scalingConfig.desiredSize"]
    recorded()
    assert list(asked["gpu-nodes"].ignoreChanges) == []


def test_a_node_ran_the_image_of_the_day() -> None:
    """C2, complaints 13, 14 and 21: type, version and release are the group's; no image is in the template."""
    seen = recorded(version="1.34", release_version="1.34.9-20260714").inputs()
    group = seen["gpu-nodes"]
    assert (group["amiType"], group["version"], group["releaseVersion"]) == (
        "AL2023_x86_64_NVIDIA",
        "1.34",
        "1.34.9-20260714",
    )
    assert "imageId" not in seen["gpu-template"]


def test_a_root_volume_was_small_and_unencrypted() -> None:
    """B8."""
    (device,) = sequence(template(kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/k")["blockDeviceMappings"])
    assert device == {
        "deviceName": "/dev/xvda",
        "ebs": {
            "volumeType": "gp3",
            "volumeSize": 200,
            "encrypted": "true",
            "deleteOnTermination": "true",
            "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k",
        },
    }
    assert "kmsKeyId" not in mapping(sequence(template()["blockDeviceMappings"])[0]["ebs"])


def test_nothing_told_whose_instances_and_volumes_were() -> None:
    tagged = {
        str(one["resourceType"]): one["tags"]
        for one in sequence(template(tags={"team": "research"})["tagSpecifications"])
    }
    tags = {"team": "research", "Name": "gpu", "aifactory/pool": "gpu"}
    assert tagged == {"instance": tags, "volume": tags, "network-interface": tags}


def test_an_instance_has_nothing_that_eks_refuses_in_a_template() -> None:
    """Rule 12, and what is right already: groups in interfaces or at the top, IMDSv2 of one hop."""
    made = template(accelerator=known("p6-b300.48xlarge"), capacity={"kind": "on-demand"})
    interfaces = sequence(made["networkInterfaces"])
    assert [one["interfaceType"] for one in interfaces] == ["interface", *["efa-only"] * 16]
    assert all(one["securityGroups"] == ["sg-1"] for one in interfaces)
    assert "vpcSecurityGroupIds" not in made
    assert template(accelerator=known("g6e.xlarge"))["vpcSecurityGroupIds"] == ["sg-1"]
    assert made["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    assert not {"iamInstanceProfile", "hibernationOptions", "imageId"} & made.keys()
    assert all("subnetId" not in one for one in interfaces)


def test_a_type_that_no_cluster_placement_takes_is_in_none() -> None:
    """Rule 21."""
    facts = replace(known("g6e.48xlarge"), placement_strategies=("spread",))
    assert "gpu-placement" not in recorded(accelerator=facts).kinds()


def test_gpu_nodes_have_the_one_taint() -> None:
    """C5, rule 24."""
    assert nodes()["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]
    assert nodes()["labels"] == {
        "aifactory/pool": "gpu",
        "nvidia.com/gpu.present": "true",
        "vpc.amazonaws.com/efa.present": "true",
    }
