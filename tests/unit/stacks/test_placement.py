"""Pods on nodes: no node is given more than it has, and nothing is refused for which there is a place."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as some

from components.gpu_pool.taint import GPU_TAINT
from stacks.demand import Demand
from stacks.node_pool import NodePool
from stacks.placement import Nodes, fewest_nodes, most_pods, place
from workloads.recipe import Resources

LABELS = {"aifactory/pool": "gpu"}
ZONES = ("a", "b", "c")


def pool(**changed: object) -> NodePool:
    made = NodePool(
        name="gpu",
        instance_type="p5.48xlarge",
        labels=LABELS,
        taints=(GPU_TAINT.key,),
        zones=("a",),
        nodes=2,
        nodes_key="aifactory:gpuNodes",
        type_key="aifactory:gpuInstanceType",
        pods=100,
        millicores=191_450,
        memory_mib=2_000_000,
        gpus=8,
        efa=32,
        arm=False,
    )
    return replace(made, **changed)


SYSTEM = replace(pool(gpus=0, efa=0), name="system", labels={}, taints=())


def demand(name: str = "train", zone: str = "", **asked: float) -> Demand:
    resources = Resources(
        pods=int(asked.get("pods", 1)),
        cpu_request=asked.get("cpu", 1),
        cpu=asked.get("cpu", 1),
        memory_gib=int(asked.get("memory", 1)),
        gpus=int(asked.get("gpus", 1)),
        efa=int(asked.get("efa", 0)),
    )
    return Demand.of(name, resources, path=f"resources.{name}", gpu_nodes=LABELS, zone=zone)


@some.composite
def pools(draw: some.DrawFn) -> NodePool:
    return pool(
        nodes=draw(some.integers(0, 12)),
        zones=ZONES[: draw(some.integers(0, 3))],
        pods=draw(some.integers(1, 8)),
        millicores=draw(some.integers(1, 64_000)),
        memory_mib=draw(some.integers(1, 64 * 1024)),
        gpus=draw(some.integers(0, 8)),
        efa=draw(some.integers(0, 8)),
    )


@some.composite
def demands(draw: some.DrawFn, *, most: int = 20) -> Demand:
    gpus = draw(some.integers(0, 4))
    return demand(
        draw(some.sampled_from(["train", "serving", "evaluate"])),
        draw(some.sampled_from(["", "a", "b"])),
        pods=draw(some.integers(1, most)),
        cpu=draw(some.integers(1, 32)) / 2,
        memory=draw(some.integers(1, 32)),
        gpus=gpus,
        efa=draw(some.integers(0, 4)) if gpus else 0,
    )


def holds(placed: Nodes) -> None:
    """Every node holds what it has, and each pod is where its labels, taints and zone let it be."""
    for node in placed:
        has, held = node.pool, node.held
        for limit, taken in (
            (has.pods, sum(count for _, count in held)),
            (has.gpus, sum(one.gpus * count for one, count in held)),
            (has.efa, sum(one.efa * count for one, count in held)),
            (has.millicores, sum(one.millicores * count for one, count in held)),
            (has.memory_mib, sum(one.memory_mib * count for one, count in held)),
        ):
            assert limit is None or taken <= limit
        for one, _ in held:
            assert one.node_labels.items() <= has.labels.items()
            assert set(has.taints) <= set(one.tolerated)
            assert not (one.zone and node.zone) or one.zone == node.zone


@given(some.lists(demands(), max_size=4, unique_by=lambda one: one.name), some.lists(pools(), min_size=1, max_size=2))
def test_a_placement_never_overfills_a_node(wanted: list[Demand], offered: list[NodePool]) -> None:
    named = [replace(one, name=f"pool-{index}") for index, one in enumerate([*offered, SYSTEM])]
    placed = place(wanted, named)
    if placed is None:
        return
    holds(placed)
    assert placed.total() == sum(one.nodes or 0 for one in named)
    for one in wanted:
        zones = {node.zone for node in placed for other, _ in node.held if other == one}
        assert not one.one_zone or len(zones) == 1
        assert (
            sum(count * pods for node, count in placed.items() for other, pods in node.held if other == one) == one.pods
        )


@given(demands(), pools(), some.integers(0, 5))
def test_what_fits_fits_a_larger_pool(wanted: Demand, offered: NodePool, more: int) -> None:
    # Of several zones, the nodes that are added may all be elsewhere; none of those that were there goes.
    if place([wanted], [offered]) is None:
        return
    larger = replace(offered, nodes=(offered.nodes or 0) + more, gpus=(offered.gpus or 0) + more)
    assert place([wanted], [larger]) is not None


@given(demands(), demands(most=1), pools())
def test_the_fewest_nodes_and_the_most_pods_are_exact(wanted: Demand, held: Demand, offered: NodePool) -> None:
    beside = [replace(held, name="held")]
    fewest = fewest_nodes([wanted, *beside], [offered], offered)
    if fewest:
        assert place([wanted, *beside], [replace(offered, nodes=fewest)]) is not None
        assert place([wanted, *beside], [replace(offered, nodes=fewest - 1)]) is None
    most = most_pods(wanted, beside, [offered])
    assert 0 <= most <= wanted.pods
    if most:
        assert place([replace(wanted, pods=most), *beside], [offered]) is not None
    if most < wanted.pods:
        assert place([replace(wanted, pods=most + 1), *beside], [offered]) is None


def test_one_pod_in_the_wrong_place_kept_a_job_waiting() -> None:
    """The largest first is not enough: the server is moved to the node on which it takes no place of the job's."""
    few = replace(pool(nodes=1), name="few", gpus=1)
    placed = place([demand("train", pods=2, gpus=4), demand("serving", gpus=1)], [pool(nodes=1), few])
    assert placed is not None
    assert place([demand("train", pods=2, gpus=4), demand("serving", gpus=1)], [pool(nodes=1)]) is None


def test_a_job_with_efa_was_spread_over_zones() -> None:
    spread = pool(nodes=4, zones=("a", "b"))
    assert place([demand(pods=4, gpus=8)], [spread]) is not None
    assert place([demand(pods=4, gpus=8, efa=4)], [spread]) is None
    assert fewest_nodes([demand(pods=4, gpus=8, efa=4)], [spread], spread) == 7


def test_a_job_with_efa_was_placed_far_from_its_filesystem() -> None:
    assert place([demand("train", "a", pods=2, efa=4)], [pool()]) is not None
    assert place([demand("train", "b", pods=2, efa=4)], [pool()]) is None
    assert fewest_nodes([demand("train", "b", efa=4)], [pool()], pool()) == 0


def test_a_node_takes_no_more_pods_than_it_has_addresses() -> None:
    assert place([demand(pods=3, gpus=1)], [pool(nodes=1, pods=2)]) is None


def test_a_pod_may_not_be_limited_to_more_memory_than_a_node_has() -> None:
    assert place([demand(memory=4096)], [pool(memory_mib=3 * 1024 * 1024)]) is None


def test_what_asks_for_no_gpu_is_kept_off_gpu_nodes() -> None:
    plain = demand("clean", gpus=0)
    assert place([plain], [pool()]) is None
    assert place([plain], [pool(), SYSTEM]) is not None


def test_nodes_of_which_nothing_is_known_take_all() -> None:
    unknown = pool(pods=None, millicores=None, memory_mib=None, gpus=None, efa=None)
    assert place([demand(pods=500, gpus=8)], [unknown]) is not None
    assert place([demand(pods=1)], [pool(nodes=None)]) is None


def test_a_thousand_nodes_are_placed_on_at_once() -> None:
    placed = place([demand("train", pods=8000), demand("serving")], [pool(nodes=1001)])
    assert placed is not None
    assert len(placed) <= 4
