"""What a run costs: nodes, hours and price."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cli.cost.estimate import Bound
from cli.cost.prices import shipped
from cli.cost.runs import RunStage, gpu_stages, run_cost
from stacks.demand import Demand
from stacks.node_pool import NodePool
from workloads.recipe import Resources

TABLE = shipped("us-east-1")
LABELS = {"aifactory/pool": "gpu"}


def stage(kind: str = "p5.48xlarge", nodes: int = 4, hours: Decimal | None = Decimal(10)) -> RunStage:
    return RunStage(name="train", instance_type=kind, nodes=nodes, hours=hours)


def test_a_run_costs_its_nodes_for_its_hours() -> None:
    found = run_cost([stage(), stage(nodes=1, hours=Decimal("0.5"))], TABLE)
    assert found.usd.value == Decimal("55.04") * (4 * 10 + Decimal("0.5"))
    assert found.hourly.value == Decimal("55.04") * 4
    assert found.gpu_hours.value == 8 * (4 * 10 + Decimal("0.5"))
    assert found.unknown == ()


def test_a_run_without_a_deadline_has_a_cost_an_hour_and_no_more() -> None:
    found = run_cost([stage(hours=None)], TABLE)
    assert (found.usd.value, found.usd.bound) == (None, Bound.UNKNOWN)
    assert found.hourly.value == Decimal("55.04") * 4
    assert found.unknown == ("train: it has no deadline",)


def test_a_run_on_nodes_without_a_price_is_unknown_and_its_gpus_are_known() -> None:
    found = run_cost([stage("p5e.48xlarge")], TABLE)
    assert found.usd.value is None
    assert found.gpu_hours.value == 8 * 4 * 10
    assert found.unknown == ("train: no price of p5e.48xlarge in us-east-1",)
    assert run_cost([stage(), stage("p5e.48xlarge")], TABLE).usd.bound is Bound.AT_LEAST


def test_the_pods_of_a_stage_fill_nodes() -> None:
    # As the recipe `production` has it: 32 pods of one GPU fill four nodes of eight.
    pool = NodePool(
        name="gpu", instance_type="p5.48xlarge", labels=LABELS, nodes=5, nodes_key="gpuNodes", type_key="type", gpus=8
    )

    def demand(name: str, pods: int, gpus: int) -> Demand:
        resources = Resources(pods=pods, cpu_request=1, cpu=1, memory_gib=1, gpus=gpus, efa=0)
        return Demand.of(name, resources, path=f"resources.{name}", gpu_nodes=LABELS)

    found = gpu_stages([demand("clean", 1, 0), demand("train", 32, 1), demand("evaluate", 1, 1)], [pool], Decimal(2))
    assert [(one.name, one.nodes) for one in found] == [("train", 4), ("evaluate", 1)]
    assert [one.nodes for one in gpu_stages([demand("train", 2, 5)], [pool], None)] == [2]


@given(st.integers(min_value=0, max_value=100), st.decimals(min_value=0, max_value=1000, places=2))
def test_a_further_node_or_hour_never_lowers_the_cost(nodes: int, hours: Decimal) -> None:
    cost = run_cost([stage(nodes=nodes, hours=hours)], TABLE).usd.value
    for more in (stage(nodes=nodes + 1, hours=hours), stage(nodes=nodes, hours=hours + 1)):
        dearer = run_cost([more], TABLE).usd.value
        assert cost is not None
        assert dearer is not None
        assert dearer >= cost
