"""A recipe's pods against the GPU pool: what surely does not fit is refused, what is not known is said."""

from dataclasses import replace

import pytest

from components.gpu_pool.spec import POOL, POOL_LABEL
from components.violations import SpecError
from stacks.contracts import PlatformContract
from stacks.fit import SERVING, check_fit
from stacks.gpu_node import GpuNode
from stacks.settings import Store
from workloads.inference.spec import GATEWAY
from workloads.plan import recipe_of
from workloads.recipe import Resources

P5 = GpuNode(gpus=8, gpu_memory_gib=80, efa=32, cpus=192, memory_gib=2048, arm=False)
PRODUCTION = recipe_of("production", "").resources
TRAINING = {name: need for name, need in PRODUCTION.items() if name != SERVING}


def pool(nodes: int, kind: str = "p5.48xlarge", labels: dict[str, str] | None = None) -> PlatformContract:
    return PlatformContract(
        namespace="factory",
        kubeconfig="",
        claim="shared",
        objects=Store(bucket="objects", endpoint="", profile=""),
        gpu_instance_type=kind,
        gpu_nodes=nodes,
        gpu_node_labels=labels or {POOL_LABEL: POOL},
    )


def refused(resources: dict[str, Resources], platform: PlatformContract, node: GpuNode = P5) -> list[str]:
    with pytest.raises(SpecError) as caught:
        check_fit(resources, platform, node, GATEWAY)
    return [str(violation) for violation in caught.value.violations]


def train(**changed: int) -> dict[str, Resources]:
    return {"train": replace(PRODUCTION["train"], **changed)}


def test_the_production_recipe_fits_the_pool_that_it_names() -> None:
    assert check_fit(TRAINING, pool(4), P5, GATEWAY) == []
    assert check_fit(PRODUCTION, pool(5), P5, GATEWAY) == []


def test_a_job_of_more_pods_than_the_pool_takes_is_refused() -> None:
    (output,) = refused(TRAINING, pool(3))
    assert output.startswith("resources.train.pods = 32")
    assert "3 nodes of p5.48xlarge take 24 such pods, 8 each" in output
    assert "set pods to at most 24, or aifactory:gpuNodes to 4 or more" in output


def test_serving_needs_a_gpu_beside_training() -> None:
    (output,) = refused(dict(PRODUCTION), pool(4))
    assert output.startswith("resources.train.pods = 32")
    assert "31 beside the model that is served" in output
    assert "aifactory:gpuNodes to 5 or more" in output


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"gpus": 16, "pods": 1}, "gpus"),
        ({"efa": 64, "pods": 1}, "efa"),
        ({"cpu_request": 400, "cpu": 400, "pods": 1}, "cpu_request"),
        ({"memory_gib": 4096, "pods": 1}, "memory_gib"),
    ],
)
def test_a_pod_of_more_than_a_node_has_is_refused(changed: dict[str, int], key: str) -> None:
    (output,) = refused(train(**changed), pool(4))
    assert output.startswith(f"resources.train.{key} = {changed[key]}")
    assert "a node of p5.48xlarge has" in output


def test_what_is_scarcest_decides_how_many_pods_a_node_takes() -> None:
    """22 cores each leave room for 8 pods; 50 cores for 3."""
    (output,) = refused(train(cpu_request=50, cpu=50), pool(4))
    assert "take 12 such pods, 3 each" in output


def test_an_empty_pool_takes_nothing() -> None:
    (output,) = refused(train(pods=2), pool(0))
    assert "0 nodes of p5.48xlarge take 0 such pods" in output
    assert "set aifactory:gpuNodes to 1 or more" in output


def test_gpus_without_any_pool_are_refused() -> None:
    output = refused(TRAINING, pool(0, kind=""), GpuNode())
    assert [one.partition(" =")[0] for one in output] == ["resources.train.gpus", "resources.evaluate.gpus"]


def test_a_recipe_without_gpus_asks_for_no_pool() -> None:
    assert check_fit(recipe_of("lab", "").resources, pool(0, kind=""), GpuNode(), GATEWAY) == []


def test_nodes_of_which_nothing_is_known_are_not_called_too_few() -> None:
    (train_note, evaluate_note) = check_fit(TRAINING, pool(0, "", {"gpu": "yes"}), GpuNode(), GATEWAY)
    assert "aifactory:gpusPerNode and aifactory:gpuNodes is not set" in train_note
    assert evaluate_note.startswith("resources.evaluate: not compared")
    (output,) = refused(TRAINING, pool(2, "", {"gpu": "yes"}), GpuNode(gpus=8))
    assert "2 nodes of gpu=yes take 16 such pods" in output


def test_images_for_another_processor_are_refused() -> None:
    (output,) = refused(train(pods=1, efa=0), pool(4, "g5g.metal"), replace(P5, arm=True))
    assert "nodes of g5g.metal have Arm processors" in output
