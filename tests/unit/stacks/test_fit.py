"""Every workload against every pool: what surely does not fit is refused, what is not known is said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from components import instance_types
from components.gpu_pool.spec import POOL, pool_labels
from components.kubelet import Allocatable
from components.violations import SpecError, Violation
from stacks.demand import Demand
from stacks.fit import SERVING, Workloads, check_fit
from stacks.node_pool import NodePool
from workloads.inference.spec import GATEWAY
from workloads.plan import recipe_of
from workloads.recipe import Resources
from workloads.render import GPU_NODES, container, placement
from workloads.spec import Program

P5 = NodePool(
    name=POOL,
    instance_type="p5.48xlarge",
    labels=pool_labels(POOL, efa=True),
    taints=("nvidia.com/gpu",),
    zones=("us-east-1a",),
    nodes=5,
    nodes_key="aifactory:gpuNodes",
    type_key="aifactory:gpuInstanceType",
    pods=100,
    millicores=191_450,
    memory_mib=2_095_697,
    gpus=8,
    efa=32,
    arm=False,
)
SYSTEM = NodePool(
    name="system",
    instance_type="r7i.8xlarge",
    labels={"aifactory/pool": "system"},
    zones=("us-east-1a", "us-east-1b"),
    nodes=2,
    nodes_key="aifactory:systemPool.nodes",
    type_key="aifactory:systemPool.instance_types",
    pods=234,
    millicores=31_850,
    memory_mib=259_215,
    gpus=0,
    efa=0,
    arm=False,
)
POOLS = (P5, SYSTEM)
EXISTING = NodePool(name=POOL, labels={"gpu": "yes"}, nodes_key="aifactory:gpuNodes", type_key="aifactory:gpusPerNode")
UNKNOWN = NodePool(
    name="system",
    labels={},
    nodes_key="aifactory:systemPool.nodes",
    type_key="aifactory:systemPool.instance_types",
)
PRODUCTION = recipe_of("production", "").resources


def workloads(
    *, served: bool = True, gpu_nodes: Mapping[str, str] = GPU_NODES, zone: str = "us-east-1a", **changed: Resources
) -> Workloads:
    return Workloads.of({**PRODUCTION, **changed}, served=served, gpu_nodes=gpu_nodes, filesystem_zone=zone)


def refused(
    declared: Workloads, pools: Sequence[NodePool], before: Sequence[NodePool] = (), subject: str = "Recipe"
) -> tuple[Violation, ...]:
    with pytest.raises(SpecError) as caught:
        check_fit(declared, pools, before=lambda: before, subject=subject)
    assert caught.value.component == subject
    return caught.value.violations


def train(**changed: int) -> Resources:
    return replace(PRODUCTION["train"], **changed)


def test_the_production_recipe_fits_the_pools_that_it_names() -> None:
    assert check_fit(workloads(), POOLS, before=tuple) == []
    assert check_fit(workloads(served=False), (replace(P5, nodes=4), SYSTEM), before=tuple) == []


def test_the_numbers_are_those_of_the_manifests() -> None:
    """A demand is what the scheduler reads in a pod."""
    for name, resources in (*PRODUCTION.items(), ("gateway", GATEWAY)):
        found = Demand.of(name, resources, path=name, gpu_nodes=GPU_NODES)
        asked = container(Program(name=name, image="i", command=(), resources=resources))["resources"]
        requests = {"cpu": f"{found.millicores}m", "memory": f"{found.memory_mib}Mi"}
        limits = {"cpu": f"{round(resources.cpu * 1000)}m", "memory": f"{found.most_memory_mib // 1024}Gi"}
        devices = {"nvidia.com/gpu": found.gpus, "vpc.amazonaws.com/efa": found.efa}
        more = {key: str(count) for key, count in devices.items() if count}
        assert asked == {"requests": {**requests, **more}, "limits": {**limits, **more}}
        if found.gpus:
            tolerations = [{"key": key, "operator": "Exists", "effect": "NoSchedule"} for key in found.tolerated]
            assert placement(GPU_NODES) == {"nodeSelector": dict(found.node_labels), "tolerations": tolerations}
        else:
            assert (found.node_labels, found.tolerated) == ({}, ())


def test_shrinking_a_pool_below_a_jobs_need_names_job_pool_need_and_offer() -> None:
    (found,) = refused(workloads(served=False), (replace(P5, nodes=3), SYSTEM), POOLS)
    assert (found.path, found.value) == ("resources.train.pods", 32)
    assert found.rule == (
        "all pods of a job run at once, each with 1 GPU, 4 EFA interfaces, 22 cores, 110 GiB, and the pool gpu has 3"
        " nodes of p5.48xlarge for 24 such pods, 8 each (aifactory:gpuNodes was 5, is 3)"
    )
    assert found.remedy == "set pods to at most 24, or set aifactory:gpuNodes to 4 or more"


def test_serving_needs_a_gpu_beside_training() -> None:
    (found,) = refused(workloads(), (replace(P5, nodes=4), SYSTEM))
    assert (found.path, found.value) == ("resources.train.pods", 32)
    assert "for 32 such pods, 8 each, and 31 beside what always runs (serving and tracking)" in found.rule
    assert found.remedy == "set pods to at most 31, or set aifactory:gpuNodes to 5 or more"


def test_a_recipe_that_grew_is_no_change_of_the_platform() -> None:
    (found,) = refused(workloads(train=train(pods=64)), POOLS, POOLS)
    assert "was" not in found.rule
    assert found.remedy.endswith("aifactory:gpuNodes to 9 or more")


def test_the_pools_of_before_are_not_asked_for_in_vain() -> None:
    def unasked() -> tuple[NodePool, ...]:
        raise AssertionError("a store was asked")

    assert check_fit(workloads(), POOLS, before=unasked) == []


@pytest.mark.parametrize(
    ("changed", "key", "offer", "remedy"),
    [
        ({"gpus": 16}, "gpus", "leaves 8 to pods", "set at most 8, or another aifactory:gpuInstanceType"),
        ({"efa": 64}, "efa", "leaves 32 to pods", "set at most 32, or another aifactory:gpuInstanceType"),
        (
            {"cpu_request": 192, "cpu": 192},
            "cpu_request",
            "leaves 191.45 to pods",
            "set at most 191, or another aifactory:gpuInstanceType",
        ),
        (
            {"memory_gib": 2048},
            "memory_gib",
            "leaves 2046.58 to pods",
            "set at most 2046, or another aifactory:gpuInstanceType",
        ),
    ],
)
def test_a_pod_of_more_than_a_node_leaves_is_refused(
    changed: dict[str, int], key: str, offer: str, remedy: str
) -> None:
    """All 192 vCPUs and 2 TiB of p5.48xlarge were promised, and the pod stayed Pending."""
    (found,) = refused(workloads(served=False, train=train(pods=1, **changed)), POOLS)
    assert (found.path, found.value, found.remedy) == (f"resources.train.{key}", changed[key], remedy)
    assert found.rule == f"a pod is on one node, and a node of p5.48xlarge {offer}"


def test_the_gateway_is_in_the_servers_pod() -> None:
    (found,) = refused(workloads(serving=replace(PRODUCTION[SERVING], cpu_request=191, cpu=191)), POOLS)
    assert (found.path, found.value) == ("resources.serving.cpu_request", 191)
    assert "leaves 191.45 to pods beside 0.5 for its other containers" in found.rule
    assert found.remedy == "set at most 190, or another aifactory:gpuInstanceType"


def test_a_stage_without_gpus_stayed_pending_on_small_system_nodes() -> None:
    small = Allocatable.of(instance_types.system()["m7i.2xlarge"])
    system = replace(
        SYSTEM, instance_type="m7i.2xlarge", millicores=small.millicores, memory_mib=small.memory_mib, pods=small.pods
    )
    found = {one.path: one for one in refused(workloads(), (P5, system), POOLS)}
    assert list(found) == [
        *("resources.ingest.cpu_request", "resources.ingest.memory_gib"),
        *("resources.clean.cpu_request", "resources.clean.memory_gib"),
    ]
    first = found["resources.ingest.cpu_request"]
    assert first.value == 8
    assert first.rule == (
        "a pod is on one node, and a node of m7i.2xlarge leaves 7.91 to pods"
        " (aifactory:systemPool.instance_types was r7i.8xlarge, is m7i.2xlarge)"
    )
    assert first.remedy == "set at most 7, or another aifactory:systemPool.instance_types"


def test_mlflow_found_no_place() -> None:
    (found, *_) = refused(workloads(), (P5, replace(SYSTEM, memory_mib=1024)))
    assert (found.path, found.value) == ("tracking.memory_gib", 2)
    assert found.rule == "a pod is on one node, and a node of r7i.8xlarge leaves 1 to pods"
    assert found.remedy == "set another aifactory:systemPool.instance_types"


def test_what_always_runs_is_refused_once() -> None:
    """Stages are then judged without it: one mistake, one line."""
    found = refused(workloads(), (replace(P5, gpus=0, nodes=0), SYSTEM))
    assert [one.path for one in found] == [f"resources.{name}.gpus" for name in (SERVING, "train", "evaluate")]


def test_a_model_on_cpus_takes_the_place_of_a_stage() -> None:
    serving = replace(PRODUCTION[SERVING], gpus=0, cpu_request=16, cpu=16)
    (found,) = refused(workloads(serving=serving), (P5, replace(SYSTEM, nodes=1)))
    assert (found.path, found.value) == ("resources.clean.pods", 1)
    assert "1 node of r7i.8xlarge for 1 such pods, 1 each, and 0 beside what always runs" in found.rule
    assert found.remedy == "set aifactory:systemPool.nodes to 2 or more"


def test_an_empty_pool_takes_nothing() -> None:
    first, _ = refused(workloads(served=False, train=train(pods=2)), (replace(P5, nodes=0), SYSTEM))
    assert (first.path, first.value) == ("resources.train.pods", 2)
    assert "0 nodes of p5.48xlarge for 0 such pods, 8 each" in first.rule
    assert first.remedy == "set aifactory:gpuNodes to 1 or more"


def test_gpus_without_any_pool_are_refused() -> None:
    found = refused(workloads(served=False), (SYSTEM,), POOLS)
    assert [(one.path, one.value) for one in found] == [("resources.train.gpus", 1), ("resources.evaluate.gpus", 1)]
    assert found[0].rule == (
        "GPUs are on nodes of a GPU pool, and the platform has none"
        " (aifactory:gpuInstanceType was p5.48xlarge, and is not set)"
    )
    assert found[0].remedy.startswith("set aifactory:gpuInstanceType, or aifactory:gpuNodeLabels")


def test_a_recipe_without_gpus_asks_for_no_pool() -> None:
    lab = Workloads.of(recipe_of("lab", "").resources, served=True, gpu_nodes=GPU_NODES)
    assert check_fit(lab, (SYSTEM,), before=tuple) == []
    assert check_fit(lab, (UNKNOWN,), before=tuple) == []


def test_nodes_of_which_nothing_is_known_are_not_called_too_few() -> None:
    declared = workloads(served=False, gpu_nodes=EXISTING.labels, zone="")
    first, second = check_fit(declared, (EXISTING, UNKNOWN), before=tuple)
    assert first == (
        "resources.train: not compared with the GPU nodes of gpu=yes: aifactory:gpusPerNode and aifactory:gpuNodes is"
        " not set"
    )
    assert second.startswith("resources.evaluate: not compared")
    (found,) = refused(declared, (replace(EXISTING, nodes=2, gpus=8), UNKNOWN))
    assert "2 nodes of gpu=yes for 16 such pods" in found.rule


def test_what_is_known_of_existing_nodes_is_compared() -> None:
    declared = workloads(served=False, gpu_nodes=EXISTING.labels, zone="", train=train(gpus=16, pods=1))
    (found,) = refused(declared, (replace(EXISTING, gpus=8), UNKNOWN))
    assert (found.path, found.value, found.remedy) == (
        "resources.train.gpus",
        16,
        "set at most 8, or another aifactory:gpusPerNode",
    )
    assert found.rule == "a pod is on one node, and a node of gpu=yes leaves 8 to pods"


def test_ec2_that_does_not_answer_refuses_nothing() -> None:
    silent = replace(P5, pods=None, millicores=None, memory_mib=None, gpus=None, efa=None, arm=None)
    assert check_fit(workloads(), (silent, SYSTEM), before=tuple) == []


def test_images_for_another_processor_are_refused() -> None:
    found = refused(workloads(served=False), (P5, replace(SYSTEM, instance_type="r8g.8xlarge", arm=True)), POOLS)
    (one,) = found
    assert (one.path, one.value) == ("resources", "tracking, ingest, clean, register, protect")
    assert one.rule == (
        "the images are built for x86-64, and nodes of r8g.8xlarge have Arm processors"
        " (aifactory:systemPool.instance_types was r7i.8xlarge, is r8g.8xlarge)"
    )
    assert one.remedy == "set aifactory:systemPool.instance_types to a type with an x86-64 processor"


def test_a_job_with_efa_is_kept_in_the_zone_of_its_filesystem() -> None:
    (found,) = refused(workloads(served=False, zone="us-east-1b", evaluate=replace(PRODUCTION["evaluate"])), POOLS)
    assert (found.path, found.value) == ("resources.train.pods", 32)
    assert "for 0 such pods, 8 each, in one zone, that of the filesystem, us-east-1b" in found.rule
    assert found.remedy == "ask for less, or take another instance type"


def test_a_pool_that_moved_says_from_where() -> None:
    moved = replace(P5, zones=("us-east-1b",))
    (found,) = refused(workloads(served=False), (moved, SYSTEM), POOLS, "Recipe of aws.workloads")
    assert "(zones of the pool gpu were us-east-1a, are us-east-1b)" in found.rule


def test_existing_nodes_with_fewer_gpus_are_named() -> None:
    declared = workloads(served=False, gpu_nodes=EXISTING.labels, zone="")
    before = replace(EXISTING, nodes=4, gpus=8)
    (found,) = refused(declared, (replace(before, gpus=4), UNKNOWN), (before,))
    assert "(aifactory:gpusPerNode was 8, is 4)" in found.rule
