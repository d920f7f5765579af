"""The arithmetic of benchmarks, what is kept of them, and what a reader sees."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import plot
from benchmarks.figures import Comparison, Figure, Goal, Spread, percentile
from benchmarks.machine import Machine
from benchmarks.record import Record, Result
from benchmarks.report import Report

MACHINE = Machine(cpu="A CPU", cores=2, memory_gib=16.0, kernel="6.1", python="3.11")
samples = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=40)


def result(*, fault: str = "", values: tuple[float, ...] = (1.0, 1.2, 1.1)) -> Result:
    record = Record(say=lambda line: None)
    for value in values:
        record.add("ours", value, "s")
        record.add("theirs", 1.0, "s")
    record.compare("up", "ours", "theirs", Goal("at most", 1.05))
    record.compare("never measured", "ours", "nothing")
    return Result(
        name="engine",
        title="Ours & theirs",
        command="python -m benchmarks engine",
        commit="abc",
        began="2026-01-01 00:00:00",
        seconds=1.0,
        machine=MACHINE,
        load=0.1,
        parameters={"rounds": 3},
        figures=record.figures,
        comparisons=record.comparisons,
        notes=("a note",),
        fault=fault,
    )


@given(samples)
def test_a_spread_holds_its_median(values: list[float]) -> None:
    spread = Spread.of(values)
    assert min(values) <= spread.low <= spread.median <= spread.high <= max(values)


def test_few_samples_spread_from_the_least_to_the_greatest() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_one_of_the_samples(share: float, expected: float) -> None:
    assert percentile([float(number) for number in range(1, 101)], share) == expected


@given(samples, st.floats(0.01, 1))
def test_a_percentile_is_no_less_than_its_share(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_ratios_are_of_pairs() -> None:
    one = Comparison("up", Figure("a", "s", (2.0, 9.0)), Figure("b", "s", (1.0, 3.0, 7.0)), Goal("at most", 2.0))
    assert one.ratios == (2.0, 3.0)


def test_a_goal_is_judged_by_its_bound() -> None:
    assert Goal("at most", 1.1).met(1.1)
    assert not Goal("at least", 0.97).met(0.96)


def test_a_comparison_without_both_sides_is_none() -> None:
    assert [one.name for one in result().comparisons] == ["up"]


def test_a_failed_block_is_no_sample() -> None:
    record = Record(say=lambda line: None)
    with pytest.raises(ValueError, match="broke"), record.timed("up"):
        raise ValueError("broke")
    assert record.figures == ()


def test_a_result_reads_back_as_it_was_written(tmp_path: Path) -> None:
    report = Report()
    report.keep(result())
    report.write(tmp_path, ("engine",))
    assert Report.read(tmp_path / "bench" / "results.json").results == {"engine": result()}
    kept = json.loads((tmp_path / "bench" / "results.json").read_text())
    assert kept["results"][0]["comparisons"][0]["goal"] == {"bound": "at most", "value": 1.05, "met": False}


def test_an_unfinished_result_is_kept_only_where_none_is_whole() -> None:
    report = Report()
    assert report.keep(result(fault="interrupted"))
    assert report.keep(result())
    assert not report.keep(result(fault="interrupted"))
    assert report.results["engine"].fault == ""


def test_the_page_names_machine_command_spread_and_goal(tmp_path: Path) -> None:
    report = Report()
    report.keep(result())
    report.write(tmp_path, ("engine",))
    page = (tmp_path / "benchmarks.md").read_text()
    assert "    python -m benchmarks engine\n" in page
    assert "A CPU, 2 cores, 16 GiB, Linux 6.1" in page
    assert "| engine | up | 1.100 | 1 to 1.2 | 3 | ≤ 1.05 | no |" in page
    assert "| ours | 1.1 s | 1 to 1.2 | 3 |" in page
    for found in ("bench/engine.svg", "bench/ratios.svg"):
        assert found in page
        ElementTree.parse(tmp_path / found)


def test_what_was_not_at_hand_is_said(tmp_path: Path) -> None:
    report = Report()
    report.keep(result(fault="not at hand: there is no `terraform` on PATH", values=()))
    report.write(tmp_path, ("engine",))
    assert "**Not finished**: not at hand: there is no `terraform`" in (tmp_path / "benchmarks.md").read_text()
    assert not (tmp_path / "bench" / "engine.svg").exists()


@given(st.lists(samples, min_size=1, max_size=5))
def test_any_figures_can_be_drawn(found: list[list[float]]) -> None:
    figures = [Figure(f"<{number}>", "s", tuple(values)) for number, values in enumerate(found)]
    ElementTree.fromstring(plot.bars("a & b", figures))
