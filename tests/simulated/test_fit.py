"""The fit check against the real scheduler: both see the same nodes and the same pods."""

import random
from collections.abc import Generator, Sequence
from dataclasses import replace

import pytest

from benchmarks.placement import simulating
from components.gpu_pool.taint import GPU_TAINT
from host.documents import Values, mapping, sequence, text
from lab.node_groups.nodes import EFA, GPU, SIMULATED
from stacks.demand import Demand
from stacks.node_pool import NodePool
from stacks.placement import most_pods, place
from tests.simulated.conftest import ACCOUNT, condition
from tests.support.control_plane import ControlPlane
from tests.support.programs import until
from workloads.recipe import Resources
from workloads.render import pod
from workloads.spec import Program

CASES = 12
IMAGE = "localhost/workloads@sha256:" + "1" * 64
CASE = "aifactory/case"


@pytest.fixture(scope="module")
def cluster() -> Generator[ControlPlane]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in ACCOUNT.items():
            patched.setenv(name, value)
        with simulating() as found:
            yield found


def offered(case: str, chance: random.Random) -> NodePool:
    return NodePool(
        name="gpu",
        labels={CASE: case},
        taints=(GPU_TAINT.key,),
        nodes=chance.randint(1, 3),
        nodes_key="aifactory:gpuNodes",
        type_key="aifactory:gpuInstanceType",
        pods=chance.randint(3, 12),
        millicores=chance.randint(16, 64) * 500,
        memory_mib=chance.randint(6, 32) * 1024,
        gpus=chance.randint(4, 12),
        efa=chance.choice((0, 4, 8)),
    )


def wanted(name: str, pods: int, offer: NodePool, chance: random.Random) -> Demand:
    cores = chance.randint(1, 8) / 2
    resources = Resources(
        pods=pods,
        cpu_request=cores,
        cpu=cores,
        memory_gib=chance.randint(1, 4),
        gpus=chance.randint(1, 2),
        efa=chance.randint(0, 1) if offer.efa else 0,
    )
    return Demand.of(name, resources, path=name, gpu_nodes=offer.labels)


def nodes(case: str, pool: NodePool) -> Generator[Values]:
    """As `lab.node_groups` makes them, but of what a pool's nodes leave to pods."""
    allocatable = {
        "cpu": f"{pool.millicores}m",
        "memory": f"{pool.memory_mib}Mi",
        "pods": str(pool.pods),
        GPU: str(pool.gpus),
        EFA: str(pool.efa),
    }
    labels = {**pool.labels, "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", SIMULATED: "true"}
    for index in range(pool.nodes or 0):
        name = f"{case}-{index}"
        yield {
            "metadata": {"name": name, "labels": {**labels, "kubernetes.io/hostname": name}},
            "spec": {"taints": [{"key": key, "value": "present", "effect": "NoSchedule"} for key in pool.taints]},
            "status": {"capacity": allocatable, "allocatable": allocatable},
        }


def scheduled(cluster: ControlPlane, case: str, demands: Sequence[Demand]) -> dict[str, int]:
    """How many pods of each the scheduler gave a node, one demand after the other."""
    path, found = f"/api/v1/namespaces/{case}/pods", dict[str, int]()

    def seen(name: str) -> list[Values]:
        return [one for one in cluster.items(path) if text(mapping(one["metadata"])["name"]).startswith(f"{name}-")]

    def judged(one: Values) -> bool:
        return bool(mapping(one["spec"]).get("nodeName") or condition(one, "PodScheduled").get("reason"))

    for demand in demands:
        name = demand.name
        program = Program(name="main", image=IMAGE, command=("run",), resources=demand.asked)
        spec = pod([program], account="default", gpu_nodes=demand.node_labels)
        for index in range(demand.pods):
            cluster.create(path, {"metadata": {"name": f"{name}-{index}"}, "spec": spec})
        until(lambda name=name: all(map(judged, seen(name))), lambda name=name: str(seen(name)))
        found[name] = sum(bool(mapping(one["spec"]).get("nodeName")) for one in seen(name))
    return found


def ready(cluster: ControlPlane, case: str) -> bool:
    """Until a node reported, Kubernetes itself keeps pods off it by a taint of its own."""
    found = cluster.items("/api/v1/nodes", labelSelector=f"{CASE}={case}")
    return all(len(sequence(mapping(node["spec"]).get("taints"))) == 1 for node in found)


@pytest.mark.parametrize("seed", range(CASES))
def test_the_scheduler_places_what_is_said_to_fit_and_nothing_else(cluster: ControlPlane, seed: int) -> None:
    chance, case = random.Random(seed), f"case-{seed}"
    pool = offered(case, chance)
    serving = wanted("serving", 1, pool, chance)
    many = wanted("train", 30, pool, chance)
    # At the edge: as many as fit, one more or one fewer.
    room = most_pods(many, [serving], [pool])
    train = replace(many, pods=max(1, room + chance.randint(-1, 1)))
    for node in nodes(cluster.namespace(case), pool):
        cluster.create("/api/v1/nodes", node)
    until(lambda: ready(cluster, case))
    bound = scheduled(cluster, case, [serving, train])
    fits = place([serving, train], [pool]) is not None
    assert (bound == {"serving": 1, "train": train.pods}) == fits
    if bound["serving"]:
        assert bound["train"] == most_pods(train, [serving], [pool])
