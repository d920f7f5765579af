"""GpuPool: every EFA card gets an interface; counts, ranges and tags that are none are refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import instance_types
from components.accelerators import Accelerator, NetworkCard, accelerator_from
from components.gpu_pool.args import GpuPoolArgs
from components.gpu_pool.spec import EFA_LABEL, GpuPoolSpec
from components.gpu_pool.taint import GPU_TAINT
from components.violations import SpecError, Violation


def accelerator(cards: tuple[bool, ...]) -> Accelerator:
    """A type whose cards carry EFA or not; of a family that is sold on demand."""
    return Accelerator(
        instance_type="g6e.48xlarge",
        gpus=8,
        gpu_model="L40S",
        gpu_memory_mib=45776,
        vcpus=192,
        memory_mib=1572864,
        network_cards=tuple(NetworkCard(index=index, efa=efa, max_interfaces=2) for index, efa in enumerate(cards)),
        nvme_gb=7600,
        arm=False,
        usage_classes=("on-demand", "spot"),
        placement_strategies=("cluster", "partition", "spread"),
        max_interfaces=2 * len(cards),
        max_efa_interfaces=sum(cards),
    )


def known(instance_type: str) -> Accelerator:
    """What EC2 says of a type."""
    return accelerator_from(instance_types.known()[instance_type])


def pool(**changes: object) -> GpuPoolArgs:
    """Arguments of a pool of two g6e.48xlarge with these changes."""
    args: GpuPoolArgs = {
        "accelerator": known("g6e.48xlarge"),
        "nodes": 2,
        "region": "us-east-1",
        "subnet_id": "subnet-1",
        "security_group_id": "sg-1",
        "cluster_name": "c",
    }
    # As a caller without types would: a TypedDict's own update asks for literal keys.
    return {**args, **changes}  # pyright: ignore[reportReturnType]


def violations(**changes: object) -> tuple[Violation, ...]:
    """What is refused of a pool with these changes."""
    with pytest.raises(SpecError) as caught:
        GpuPoolSpec.parse(pool(**changes))
    return caught.value.violations


def the_violation(**changes: object) -> Violation:
    """The only one."""
    (one,) = violations(**changes)
    return one


def spec(cards: tuple[bool, ...]) -> GpuPoolSpec:
    return GpuPoolSpec.parse(pool(accelerator=accelerator(cards)))


def test_every_efa_card_has_an_interface() -> None:
    interfaces = spec((True,) * 32).interfaces
    assert [one.card for one in interfaces] == list(range(32))
    assert [one.device for one in interfaces] == [0] + [1] * 31
    assert [one.kind for one in interfaces] == ["efa"] + ["efa-only"] * 31


def test_a_first_card_without_efa_carries_ip_alone() -> None:
    assert [one.kind for one in spec((False, True)).interfaces] == ["interface", "efa-only"]


def test_no_efa_leaves_the_default_interface() -> None:
    assert spec((False,)).interfaces == ()


@pytest.mark.parametrize("name", sorted(instance_types.known()))
def test_every_type_of_ec2_has_interfaces_that_run_instances_takes(name: str) -> None:
    """Rule 22, of every type: the first is card 0 and has an IP, EFA is where a card can, no limit is passed."""
    facts = known(name)
    family_without_image = facts.family == "g7"
    if family_without_image:
        assert [one.path for one in violations(accelerator=facts, root_gib=200)] == ["accelerator"]
        return
    made = GpuPoolSpec.parse(pool(accelerator=facts, capacity={"kind": "on-demand"}))
    able = {card.index for card in facts.network_cards if card.efa}
    assert {one.card for one in made.interfaces if one.kind != "interface"} == able
    assert len({(one.card, one.device) for one in made.interfaces}) == len(made.interfaces) <= facts.max_interfaces
    if made.interfaces:
        assert (made.interfaces[0].card, made.interfaces[0].device) == (0, 0)
        assert made.interfaces[0].kind != "efa-only"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"max_efa_interfaces": 3}, "EC2 takes 3 EFA interfaces, not 4"),
        ({"max_interfaces": 3}, "EC2 takes 3 network interfaces, not 4"),
        (
            {"network_cards": (NetworkCard(index=1, efa=True, max_interfaces=1),)},
            "the first network card is 0, and here it is 1",
        ),
        (
            {"network_cards": (NetworkCard(index=0, efa=True, max_interfaces=0),)},
            "card 0 takes 0 network interfaces, not 1",
        ),
    ],
)
def test_interfaces_that_run_instances_refuses_are_named(changed: dict[str, int], rule: str) -> None:
    one = violations(accelerator=replace(known("g6e.48xlarge"), **changed))[0]
    assert (one.path, one.value, one.rule) == ("accelerator", "g6e.48xlarge", rule)
    assert one.remedy == "python -m components.instance_types asks EC2 for the type's facts anew"


@pytest.mark.parametrize("nodes", [-1, 1.5, True])
def test_a_count_of_nodes_that_is_none_is_named(nodes: object) -> None:
    one = the_violation(nodes=nodes)
    assert (one.path, one.value, one.rule) == ("nodes", nodes, "a pool has 0 nodes or more, and whole ones")


@given(ends=st.lists(st.integers(0, 1000), min_size=3, max_size=3).map(sorted))
def test_an_autoscalers_range_holds_the_pools_size(ends: list[int]) -> None:
    least, nodes, most = ends[0], ends[1], max(ends[2], 1)
    made = GpuPoolSpec.parse(pool(nodes=nodes, min_nodes=least, max_nodes=most))
    assert (made.fewest_nodes, made.desired_nodes, made.most_nodes) == (least, nodes, most)


def test_a_size_outside_its_range_is_named() -> None:
    """Rule 13."""
    one = the_violation(nodes=5, min_nodes=1, max_nodes=4)
    assert (one.path, one.value) == ("nodes", 5)
    assert one.rule == "min_nodes <= nodes <= max_nodes, here 1 <= 5 <= 4, and max_nodes is 1 or more"
    assert one.remedy == "widen the range, or change nodes"


def test_half_a_range_is_named() -> None:
    one = the_violation(min_nodes=1)
    assert (one.path, one.value, one.rule) == ("max_nodes", None, "an autoscaler's range has both ends")
    assert one.remedy == "set max_nodes"


@pytest.mark.parametrize("key", ["min_nodes", "max_nodes"])
def test_an_end_of_a_range_that_is_no_count_is_named(key: str) -> None:
    one = the_violation(**{"min_nodes": 0, "max_nodes": 4, key: -1})
    assert (one.path, one.value, one.rule) == (key, -1, "a whole number of nodes, 0 or more")


def test_two_writers_of_a_label_undid_each_other() -> None:
    """C5: `nvidia.com/gpu.product` and `.count` are GPU feature discovery's."""
    labels = GpuPoolSpec.parse(pool()).labels("gpu")
    assert (labels["aifactory/pool"], labels["nvidia.com/gpu.present"]) == ("gpu", "true")
    assert not {"nvidia.com/gpu.product", "nvidia.com/gpu.count"} & set(labels)


def test_the_efa_plugin_found_no_node_to_run_on() -> None:
    """A4: it runs on nodes with this label, which only those with EFA cards have."""
    assert GpuPoolSpec.parse(pool(accelerator=known("p5.48xlarge"), capacity={"kind": "on-demand"})).labels("gpu")[
        EFA_LABEL
    ]
    assert EFA_LABEL not in GpuPoolSpec.parse(pool(accelerator=known("g6e.2xlarge"))).labels("gpu")


def test_feature_discovery_never_reached_the_nodes_that_it_labels() -> None:
    """C5, complaints 15 and 16: the value is the one that its workers tolerate, and charts take the toleration from
    here.
    """
    assert (GPU_TAINT.key, GPU_TAINT.value, GPU_TAINT.eks_effect) == ("nvidia.com/gpu", "present", "NO_SCHEDULE")
    assert GPU_TAINT.toleration == {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


@pytest.mark.parametrize("key", ["", "k" * 129, "aws:x", "eks:cluster-name", "Name", "aifactory/pool"])
def test_a_tag_that_is_not_the_users_is_named(key: str) -> None:
    one = the_violation(tags={key: "v"})
    assert (one.path, one.value, one.remedy) == (f"tags[{key}]", "v", "choose another key")
    assert "neither AWS, EKS nor the pool sets" in one.rule


def test_tags_that_are_too_long_or_too_many_are_named() -> None:
    one = the_violation(tags={"team": "v" * 257})
    assert (one.path, one.rule) == ("tags[team]", "a value of 256 characters at most")
    one = the_violation(tags={str(index): "" for index in range(41)})
    assert (one.path, one.value) == ("tags", 41)


def test_every_violation_is_in_one_message() -> None:
    found = violations(nodes=-1, root_gib=0, os="windows", capacity={"kind": "lease"}, tags={"aws:x": ""})
    assert [one.path for one in found] == ["nodes", "capacity.kind", "os", "root_gib", "tags[aws:x]"]
