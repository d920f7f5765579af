"""A pool of Karpenter's: the nodes are a GpuPool's, and what its CRDs refuse in the cluster is refused in a preview."""

from collections import Counter
from collections.abc import Mapping
from typing import cast

import pulumi
import pytest

from components import instance_types
from components.accelerators import AwsAccess, accelerator_of
from components.gpu_pool.spec import GpuPoolSpec
from components.karpenter_pool.args import KarpenterPoolArgs
from components.karpenter_pool.component import KarpenterPool
from components.karpenter_pool.spec import KarpenterPoolSpec, karpenter_interfaces
from components.violations import SpecError, Violation
from tests.unit.components.recorder import Recorder, declared
from tests.unit.components.test_gpu_pool_capacity import BLOCK, GROUP, RESERVATION
from tests.unit.components.test_gpu_pool_spec import known
from tests.unit.components.test_gpu_pool_spec import pool as gpu_pool


class Named(Recorder):
    """Gives what is made the name that it was asked for under."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        identity, state = super().new_resource(args)
        return identity, {"name": args.name, **state}


def pool(**changes: object) -> KarpenterPoolArgs:
    """Arguments of a pool of up to four g6e.48xlarge with these changes."""
    args: KarpenterPoolArgs = {
        "accelerator": known("g6e.48xlarge"),
        "max_nodes": 4,
        "region": "us-east-1",
        "subnet_id": "subnet-1",
        "security_group_id": "sg-1",
        "cluster_name": "c",
        "version": "1.34",
        "release_version": "1.34.9-20260714",
    }
    # As a caller without types would: a TypedDict's own update asks for literal keys.
    return {**args, **changes}  # pyright: ignore[reportReturnType]


def the_violation(**changes: object) -> Violation:
    """The only one of a pool with these changes."""
    with pytest.raises(SpecError) as caught:
        KarpenterPoolSpec.parse(pool(**changes))
    (one,) = caught.value.violations
    return one


def recorded(**changes: object) -> Mapping[str, Mapping[str, object]]:
    """Inputs of what a pool with these changes declares."""
    return declared(lambda: KarpenterPool("gpu", pool(**changes)), Named()).inputs()


def spec_of(name: str, **changes: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", recorded(**changes)[name]["spec"])


def test_a_pool_is_a_role_that_may_join_a_class_and_nodes() -> None:
    seen = recorded()
    assert set(seen) == {
        "gpu",
        "gpu-role",
        "gpu-AmazonEKSWorkerNodePolicy",
        "gpu-AmazonEKS_CNI_Policy",
        "gpu-AmazonEC2ContainerRegistryReadOnly",
        "gpu-access",
        "gpu-placement",
        "gpu-class",
        "gpu-nodes",
    }
    assert (seen["gpu-access"]["type"], seen["gpu-access"]["clusterName"]) == ("EC2_LINUX", "c")
    assert seen["gpu"]["maxNodes"] == 4


def test_a_node_class_makes_the_nodes_of_a_gpu_pool() -> None:
    """A7, B8, C2 and C5 as of a GpuPool: EFA, volume, image, metadata, tags, placement."""
    made = spec_of("gpu-class", tags={"team": "research"})
    assert made["role"] == "gpu-role"
    assert made["amiSelectorTerms"] == [{"alias": "al2023@v20260714"}]
    assert (made["subnetSelectorTerms"], made["securityGroupSelectorTerms"]) == ([{"id": "subnet-1"}], [{"id": "sg-1"}])
    assert made["placementGroupSelector"] == {"name": "gpu-placement"}
    assert made["instanceStorePolicy"] == "RAID0"
    assert made["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    assert made["tags"] == {"team": "research", "Name": "gpu", "aifactory/pool": "gpu"}
    (volume,) = cast("list[Mapping[str, object]]", made["blockDeviceMappings"])
    assert (volume["deviceName"], volume["rootVolume"]) == ("/dev/xvda", True)
    assert volume["ebs"] == {"volumeType": "gp3", "volumeSize": "200Gi", "encrypted": True, "deleteOnTermination": True}


def test_nodes_are_of_one_type_and_end_only_when_empty() -> None:
    made = spec_of("gpu-nodes", weight=10)
    assert made["limits"] == {"nvidia.com/gpu": "32"}
    assert made["disruption"] == {
        "consolidationPolicy": "WhenEmpty",
        "consolidateAfter": "15m",
        "budgets": [{"nodes": "1"}],
    }
    assert (made["weight"], "replicas" in made) == (10, False)
    template = cast("Mapping[str, Mapping[str, object]]", made["template"])
    assert template["metadata"]["labels"] == GpuPoolSpec.parse(gpu_pool()).labels("gpu")
    assert template["spec"] == {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
        "requirements": [
            {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["g6e.48xlarge"]},
            {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
            {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
        ],
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
        "expireAfter": "Never",
    }


@pytest.mark.parametrize(
    ("capacity", "market", "terms"),
    [
        ({"kind": "spot"}, "spot", None),
        (RESERVATION, "reserved", [{"id": "cr-0123456789abcdef0"}]),
        ({**BLOCK}, "reserved", [{"id": "cr-0123456789abcdef0"}]),
    ],
)
def test_capacity_decides_market_and_placement(
    capacity: dict[str, object], market: str, terms: list[dict[str, str]] | None
) -> None:
    """A7, complaints 1 to 3: no hidden placement group, every reservation selected."""
    changes = {"accelerator": known("p5.48xlarge"), "capacity": capacity, "zone": "us-east-1b"}
    made = KarpenterPoolSpec.parse(pool(**changes))
    assert made.capacity_type == market
    assert made.node_class().get("capacityReservationSelectorTerms") == terms
    assert "placementGroupSelector" not in spec_of("gpu-class", **changes)


def test_a_reservations_own_group_is_its_pools() -> None:
    made = spec_of("gpu-class", capacity={**RESERVATION, "placement_group": "train"})
    assert made["placementGroupSelector"] == {"name": "train"}


def test_a_p_type_has_no_default_capacity() -> None:
    """A7, complaint 4."""
    assert the_violation(accelerator=known("p5.48xlarge")).path == "capacity"


def test_a_group_of_reservations_is_not_karpenters() -> None:
    one = the_violation(capacity={"kind": "reservation", "resource_group_arn": GROUP})
    assert (one.path, one.value) == ("capacity.resource_group_arn", GROUP)
    assert (one.rule, one.remedy) == (
        "Karpenter finds a reservation by its ID",
        "set id, and make a pool of each reservation",
    )


@pytest.mark.parametrize("name", sorted(instance_types.known()))
def test_interfaces_keep_the_rules_of_the_crd(name: str) -> None:
    """A primary `interface`, no card and device twice, one EFA a card; and EFA on every card that can."""
    interfaces = karpenter_interfaces(known(name))
    assert all(one.kind in {"interface", "efa-only"} for one in interfaces)
    assert not interfaces or ((0, 0, "interface") in {(one.card, one.device, one.kind) for one in interfaces})
    assert len({(one.card, one.device) for one in interfaces}) == len(interfaces)
    efa = Counter(one.card for one in interfaces if one.kind == "efa-only")
    assert set(efa.values()) <= {1}
    assert efa.total() == known(name).efa_cards


def test_a_first_card_without_efa_carries_ip_alone() -> None:
    interfaces = karpenter_interfaces(known("p6-b300.48xlarge"))
    assert [one.card for one in interfaces if one.kind == "efa-only"] == list(range(1, 17))


def test_bottlerocket_is_named_by_its_version_and_has_two_volumes() -> None:
    changes = {"os": "bottlerocket", "release_version": "1.62.0-8deeba4c", "kms_key_arn": "arn:aws:kms:x"}
    made = spec_of("gpu-class", **changes)
    assert made["amiSelectorTerms"] == [{"alias": "bottlerocket@v1.62.0"}]
    volumes = cast("list[Mapping[str, Mapping[str, object]]]", made["blockDeviceMappings"])
    assert [(one["deviceName"], one["rootVolume"]) for one in volumes] == [("/dev/xvda", False), ("/dev/xvdb", True)]
    assert {one["ebs"]["kmsKeyID"] for one in volumes} == {"arn:aws:kms:x"}


def test_nodes_were_replaced_on_the_day_of_a_new_image() -> None:
    """C2, complaint 21: `latest` cannot be said."""
    one = the_violation(version="", release_version="")
    assert (one.path, one.value) == ("release_version", "")
    assert one.remedy == "set the release that the cluster's version was tested with"


def test_a_static_pool_has_a_limit_of_nodes_and_a_name_of_its_own() -> None:
    made = recorded(replicas=2)
    spec = cast("Mapping[str, object]", made["gpu-static-nodes"]["spec"])
    assert (spec["replicas"], spec["limits"], "weight" in spec) == (2, {"nodes": "4"}, False)
    assert cast("Mapping[str, object]", made["gpu-static-nodes"]["metadata"])["name"] == "gpu-static"


def test_a_static_pool_with_a_weight_is_named() -> None:
    one = the_violation(replicas=2, weight=10)
    assert (one.path, one.value, one.rule) == ("weight", 10, "a static pool has no weight")
    assert one.remedy == "remove weight or replicas"


@pytest.mark.parametrize("replicas", [-1, 5, 1.5])
def test_a_static_pool_of_more_nodes_than_it_may_have_is_named(replicas: object) -> None:
    one = the_violation(replicas=replicas)
    assert (one.path, one.value, one.rule) == ("replicas", replicas, "a static pool has 0 to max_nodes nodes, here 4")
    assert one.remedy == "raise max_nodes, or lower replicas"


@pytest.mark.parametrize("weight", [0, 101, True])
def test_a_weight_that_is_none_is_named(weight: object) -> None:
    one = the_violation(weight=weight)
    assert (one.path, one.value, one.rule) == ("weight", weight, "a pool weighs 1 to 100")


@pytest.mark.parametrize("most", [0, 1.5, True])
def test_a_pool_that_may_have_no_node_is_named(most: object) -> None:
    one = the_violation(max_nodes=most)
    assert (one.path, one.value, one.rule) == ("max_nodes", most, "a pool may have 1 node or more, and whole ones")


def test_a_volume_larger_than_the_crd_takes_is_named() -> None:
    one = the_violation(root_gib=59_001)
    assert (one.path, one.value, one.rule) == ("root_gib", 59_001, "Karpenter takes 59000 GiB at most")


def test_a_tag_by_which_karpenter_finds_its_instances_is_named() -> None:
    one = the_violation(tags={"karpenter.sh/nodepool": "x"})
    assert (one.path, one.value, one.rule) == ("tags[karpenter.sh/nodepool]", "x", "Karpenter's own tags are its own")


def test_the_facts_of_a_type_are_ec2s() -> None:
    found = accelerator_of("p6-b300.48xlarge", AwsAccess(region="us-east-1"))
    assert (found.usage_classes, found.max_interfaces, found.max_efa_interfaces) == (
        ("capacity-block", "on-demand", "spot"),
        68,
        16,
    )
