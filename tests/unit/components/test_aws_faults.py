"""Complaints of other projects' users that more than one component answers."""

from collections.abc import Mapping
from typing import cast

import pytest

from components import instance_types
from components.charts.catalogue import CATALOGUE
from components.cluster.versions import VERSIONS
from components.gpu_pool.args import GpuPoolArgs
from components.karpenter_pool.args import KarpenterPoolArgs
from components.karpenter_pool.spec import KarpenterPoolSpec
from components.system_pool.args import SystemPoolArgs
from tests.unit.components.test_gpu_pool_spec import known
from tests.unit.components.test_karpenter_pool import pool

# Karpenter, "Compatibility": the lowest release for each version of Kubernetes; Capacity Blocks are known from 1.6 on.
KARPENTER: Mapping[str, tuple[int, int]] = {"1.34": (1, 6), "1.35": (1, 9), "1.36": (1, 13)}


@pytest.mark.parametrize("version", VERSIONS)
def test_karpenter_was_too_old_for_its_cluster_and_for_capacity_blocks(version: str) -> None:
    """aws/karpenter-provider-aws#6519, awslabs/ai-on-eks#184."""
    major, minor, _ = CATALOGUE["karpenter"].version.split(".")
    assert (int(major), int(minor)) >= KARPENTER[version]


@pytest.mark.parametrize("args", [GpuPoolArgs, KarpenterPoolArgs, SystemPoolArgs])
def test_nodes_of_an_image_of_ones_own_never_joined(args: type) -> None:
    """Complaints 13 and 14: no pool takes an image's id; its release is one of EKS's own, which sets the node up."""
    keys = set(cast("Mapping[str, object]", args.__annotations__))
    assert {"release_version", "ami_release"} & keys
    assert not {key for key in keys if "image" in key or (key.startswith("ami") and key != "ami_release")}


@pytest.mark.parametrize(
    "name", sorted(name for name in instance_types.known() if known(name).efa_cards and not name.startswith("g7."))
)
def test_a_static_pool_had_no_efa(name: str) -> None:
    """aws/karpenter-provider-aws#8898: a static pool's nodes are of the same class as those of any other."""
    changes = {"accelerator": known(name), "capacity": {"kind": "on-demand"}}
    static = KarpenterPoolSpec.parse(pool(**changes, replicas=2)).node_class()
    assert static == KarpenterPoolSpec.parse(pool(**changes)).node_class()
    interfaces = cast("list[Mapping[str, object]]", static["networkInterfaces"])
    assert sum(one["interfaceType"] == "efa-only" for one in interfaces) == known(name).efa_cards
