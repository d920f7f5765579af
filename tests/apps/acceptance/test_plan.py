"""What fails a node, and what it says."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.acceptance.app.dcgm import failed
from workloads.acceptance.app.files import measure_files
from workloads.acceptance.app.network import transports
from workloads.acceptance.app.plan import Measured, Plan, Result, judge
from workloads.stage.app.error import StageError

PLAN = Plan(
    pool="gpu",
    nodes=2,
    gpus=1,
    efa=1,
    floors={"tflops": 718.2, "all_reduce_gb_s": 300},
    sources={"tflops": "0.9 of what is measured", "all_reduce_gb_s": "0.75 of the type's 3200 Gbit/s"},
    dcgm_level=2,
)
GOOD = [
    Measured(node=node, card="0 H100", values={"tflops": 790, "all_reduce_gb_s": 350}, transports=["NET/OFI"])
    for node in ("a", "b")
]


def test_nodes_that_reach_every_floor_pass() -> None:
    assert judge(PLAN, GOOD) == []


def test_a_slow_card_is_named_with_its_node_value_rule_and_remedy() -> None:
    slow = replace(GOOD[1], values={"tflops": 400.04, "all_reduce_gb_s": 350})
    (failure,) = judge(PLAN, [GOOD[0], slow])
    assert (failure.where, failure.path, failure.value) == ("b card 0 H100", "tflops", "400.0")
    assert failure.rule == "TFLOP/s of bf16 products are 718.2 or more (0.9 of what is measured)"
    assert "replace the node" in failure.remedy
    assert str(failure).startswith("b card 0 H100: tflops = 400.0: ")


def test_a_silent_fallback_to_tcp_is_found() -> None:
    """A8: without libfabric and aws-ofi-nccl NCCL falls back to TCP and says nothing."""
    (failure,) = judge(PLAN, [GOOD[0], replace(GOOD[1], transports=["NET/Socket"])])
    assert (failure.path, failure.value) == ("transport", "NET/Socket")
    assert "TCP" in failure.rule
    assert "aws-ofi-nccl" in failure.remedy
    # A type without EFA has nothing else to send by.
    assert judge(replace(PLAN, efa=0), [GOOD[0], replace(GOOD[1], transports=["NET/Socket"])]) == []


def test_a_missing_process_what_dcgm_finds_and_what_nobody_measured() -> None:
    found = judge(PLAN, [replace(GOOD[0], values={"tflops": 790}, dcgm="memory")])
    assert [one.path for one in found] == ["nodes", "dcgm", "all_reduce_gb_s"]
    assert found[0].rule == "2 processes on 2 nodes measure, and 1 did"
    assert found[1].value == "memory"
    assert found[2].value == "nothing"
    assert all(one.remedy for one in found)


@given(st.floats(0, 2000), st.floats(0.1, 2000))
def test_a_floor_holds_exactly_what_reaches_it(value: float, floor: float) -> None:
    plan = replace(PLAN, floors={"tflops": floor})
    measured = [replace(one, values={"tflops": value}) for one in GOOD]
    assert (judge(plan, measured) == []) == (value >= floor)


def test_a_card_that_measures_nothing_at_all_fails() -> None:
    found = judge(PLAN, [GOOD[0], replace(GOOD[1], values={"tflops": float("nan"), "all_reduce_gb_s": 350})])
    assert [one.path for one in found] == ["tflops"]


def test_a_record_says_whether_it_passed() -> None:
    result = Result(plan=PLAN, started="1", finished="2", measured=GOOD, failures=judge(PLAN, GOOD[:1]))
    document = json.loads(result.encode())
    assert document["passed"] is False
    assert document["failures"][0]["path"] == "nodes"
    assert document["measured"][0]["values"]["tflops"] == 790


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pool": "a", "floors": 1}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(StageError, match="ACCEPTANCE_SPEC"):
        Plan.parse(text)


LOG = """\
ip-10-0-0-1:88:131 [0] NCCL INFO NET/Plugin: Loaded net plugin Libfabric (v9)
ip-10-0-0-1:88:131 [0] NCCL INFO Channel 00/0 : 0[0] -> 8[0] [send] via NET/OFI/0/GDRDMA
"""
TCP = """\
ip-10-0-0-1:88:131 [0] NCCL INFO Using network Socket
ip-10-0-0-1:88:131 [0] NCCL INFO Channel 00/0 : 0[0] -> 8[0] [send] via NET/Socket/0
"""


def test_what_nccl_sends_by(tmp_path: Path) -> None:
    good, bad = tmp_path / "nccl.a.1.log", tmp_path / "nccl.a.2.log"
    good.write_text(LOG)
    bad.write_text(TCP)
    assert transports([good]) == ["NET/OFI"]
    assert transports([bad]) == ["NET/Socket"]
    assert transports([]) == []


def test_files_are_written_read_back_and_removed(tmp_path: Path) -> None:
    found = measure_files(tmp_path, "gpu-0", 8 << 20)
    assert set(found) == {"write_mb_s", "read_mb_s"}
    assert all(value > 0 for value in found.values())
    assert list(tmp_path.iterdir()) == []


def test_dcgm_names_what_failed() -> None:
    document = {
        "DCGM Diagnostic": {
            "test_categories": [
                {"category": "Hardware", "tests": [{"name": "memory", "results": [{"gpu_id": "0", "status": "Fail"}]}]},
                {"category": "Stress", "tests": [{"name": "pcie", "results": [{"gpu_id": "0", "status": "Pass"}]}]},
            ]
        }
    }
    assert list(failed(document)) == ["memory"]
