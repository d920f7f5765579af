"""GpuPool: every EFA card gets an interface; counts that are none are refused."""

import base64
from dataclasses import replace

import pytest

from components.accelerators import Accelerator, NetworkCard
from components.gpu_pool.spec import GpuPoolSpec
from components.violations import SpecError


def accelerator(cards: tuple[bool, ...]) -> Accelerator:
    return Accelerator(
        instance_type="p5.48xlarge",
        gpus=8,
        gpu_model="H100",
        gpu_memory_mib=81920,
        vcpus=192,
        memory_mib=2097152,
        network_cards=tuple(NetworkCard(index=index, efa=efa) for index, efa in enumerate(cards)),
        nvme_gb=30400,
    )


def spec(cards: tuple[bool, ...], nodes: int = 2) -> GpuPoolSpec:
    return GpuPoolSpec.parse(
        {
            "accelerator": accelerator(cards),
            "nodes": nodes,
            "region": "us-east-1",
            "subnet_id": "subnet-1",
            "security_group_id": "sg-1",
            "cluster_name": "c",
        }
    )


def test_every_efa_card_has_an_interface() -> None:
    interfaces = spec((True,) * 32).interfaces
    assert [one.card for one in interfaces] == list(range(32))
    assert [one.device for one in interfaces] == [0] + [1] * 31
    assert [one.kind for one in interfaces] == ["efa"] + ["efa-only"] * 31


def test_a_first_card_without_efa_carries_ip_alone() -> None:
    assert [one.kind for one in spec((False, True)).interfaces] == ["interface", "efa-only"]


def test_no_efa_leaves_the_default_interface() -> None:
    assert spec((False,)).interfaces == ()


def test_local_nvme_becomes_one_array() -> None:
    output = base64.b64decode(spec((True,)).user_data).decode()
    assert "application/node.eks.aws" in output
    assert "strategy: RAID0" in output
    bare = spec((True,))
    assert replace(bare, accelerator=replace(bare.accelerator, nvme_gb=0)).user_data == ""


def test_a_negative_count_is_named() -> None:
    with pytest.raises(SpecError, match="nodes = -1"):
        spec((True,), nodes=-1)
