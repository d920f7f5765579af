"""Quotas: whether what is planned fits, with what runs already, and what to request where it does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.preflight.checks import preflight
from components.preflight.findings import State
from components.preflight.questions import OwnNode, Why
from components.preflight.quotas import QuotaKey, key_of, quota_of
from tests.unit.components.test_preflight import BLOCK, P_QUOTA, PLAN, Account, asked, gpu, pool


def test_four_p5_on_demand_with_a_quota_of_0_name_the_code_and_what_to_request() -> None:
    """A7 and modelplaneai/modelplane#113, cluster-toolkit#3225: found before the node group fails."""
    found = asked(PLAN, Account(limit=0), f"quota:{P_QUOTA}")
    assert found.state is State.FAILED
    assert found.value == "gpu: 4 x p5.48xlarge of 192 = 768"
    assert f"{P_QUOTA} (Running P) is 0 vCPUs and the pools need 768" in found.message
    assert f"--quota-code {P_QUOTA} --desired-value 768 --region us-east-1" in found.remedy
    assert "Capacity Block" in found.remedy


def test_pools_of_one_family_share_its_quota() -> None:
    two = replace(PLAN, pools=(pool(), replace(pool(), name="more", instance_type="p4d.24xlarge", vcpus=96, nodes=2)))
    assert asked(two, Account(limit=959), f"quota:{P_QUOTA}").state is State.FAILED
    assert asked(two, Account(limit=960), f"quota:{P_QUOTA}").state is State.OK


def test_what_others_run_leaves_less() -> None:
    found = asked(replace(PLAN, cluster="own"), Account(limit=800, running=192), f"quota:{P_QUOTA}")
    assert found.state is State.FAILED
    assert "192 run" in found.message
    assert "--desired-value 960" in found.remedy


def test_own_nodes_are_not_counted_twice() -> None:
    nodes = [OwnNode(instance_type="p5.48xlarge", vcpus=192, market="", reservation="")] * 4
    account = Account(limit=768, running=768, nodes=nodes)
    assert asked(replace(PLAN, cluster="own"), account, f"quota:{P_QUOTA}").state is State.OK
    # Whose they are is not known without the cluster's name: a second preview must not fail on its own nodes.
    assert asked(PLAN, account, f"quota:{P_QUOTA}").state is State.NOT_JUDGED


@pytest.mark.parametrize("name", ["used", "own_nodes"])
def test_a_quota_is_judged_where_its_use_is_not_told(name: str) -> None:
    account = Account(limit=768, silent={name: Why.DENIED})
    found = asked(replace(PLAN, cluster="own"), account, f"quota:{P_QUOTA}")
    assert found.state is State.OK
    assert "was not counted (access denied" in found.message
    assert asked(PLAN, Account(running=None), f"quota:{P_QUOTA}").state is State.OK


@pytest.mark.parametrize(
    ("instance_type", "spot", "key"),
    [
        ("p5en.48xlarge", False, QuotaKey(P_QUOTA)),
        ("p6-b200.48xlarge", False, QuotaKey(P_QUOTA)),
        ("g6e.xlarge", False, QuotaKey("L-DB2E81BA")),
        ("m7i.large", False, QuotaKey("L-1216C47A")),
        ("p5e.48xlarge", True, QuotaKey("L-C4BD4855")),
        ("p4de.24xlarge", True, QuotaKey("L-7212CCBC")),
        ("g5.xlarge", True, QuotaKey("L-3819A6DF")),
        ("c7g.large", True, QuotaKey("L-34B43A08")),
        ("p6-b200.48xlarge", True, QuotaKey(words=("P6", "Spot"))),
        ("trn2.48xlarge", False, QuotaKey(words=("TRN", "On-Demand"))),
    ],
)
def test_the_quota_of_a_type(instance_type: str, spot: bool, key: QuotaKey) -> None:
    assert key_of(instance_type, spot=spot) == key


def test_a_capacity_block_and_a_reservation_that_exists_need_no_quota() -> None:
    assert quota_of(pool("capacity-block", BLOCK)) is None
    assert quota_of(pool("reservation", BLOCK)) is None
    assert quota_of(pool("reservation")) == QuotaKey(P_QUOTA)
    assert not [one for one in preflight(gpu(pool(nodes=0)), Account()) if one.check == "quota"]


@given(
    nodes=st.integers(1, 1000), vcpus=st.integers(1, 448), limit=st.integers(0, 500_000), others=st.integers(0, 1000)
)
def test_a_quota_holds_exactly_what_fits(nodes: int, vcpus: int, limit: int, others: int) -> None:
    plan = replace(gpu(replace(pool(nodes=nodes), vcpus=vcpus)), cluster="own")
    found = asked(plan, Account(limit=limit, running=others), f"quota:{P_QUOTA}")
    assert (found.state is State.OK) == (nodes * vcpus + others <= limit)
