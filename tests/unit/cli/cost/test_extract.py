"""Extracts of AWS's price lists: each number with a source and a date."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.cost import prices
from cli.cost.prices import MONTH, SHIPPED, OfferPrices, Per, extract_of, read_table, shipped
from components import instance_types
from components.violations import SpecError


def test_every_number_that_is_shipped_has_a_source_and_a_date_and_is_no_nothing() -> None:
    extracts = sorted(SHIPPED.glob("*.yaml"))
    assert extracts
    for path in extracts:
        table = read_table(path)
        assert path.stem == table.region
        for name, price in table.prices.items():
            assert price.usd > 0, name
            assert price.source, name
            assert date(2025, 1, 1) < price.published < date(2100, 1, 1), name


def test_the_types_that_pools_are_made_of_have_a_price_but_those_that_are_only_sold_in_blocks() -> None:
    table = shipped("us-east-1")
    missing = [
        name for name in (*instance_types.known(), *instance_types.system()) if table.get(prices.instance(name)) is None
    ]
    assert missing == ["p5e.48xlarge"]


NAMES = st.from_regex(r"[a-z0-9]{1,8}/[a-z0-9.-]{1,12}", fullmatch=True)
USD = st.decimals(min_value="0.000001", max_value="100000", places=6).filter(lambda usd: usd > 0)


@given(st.dictionaries(NAMES, st.tuples(st.sampled_from(Per), USD), max_size=8))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, found: dict[str, tuple[Per, Decimal]]
) -> None:
    offer = OfferPrices(service="AmazonEC2", published=date(2026, 11, 20), source="a list", prices=found)
    path = tmp_path_factory.mktemp("extract") / "us-east-1.yaml"
    path.write_text(extract_of("us-east-1", [offer]))
    table = read_table(path)
    assert {name: (one.per, one.usd) for name, one in table.prices.items()} == found
    assert {one.published for one in table.prices.values()} <= {offer.published}


@given(USD, st.integers(min_value=0, max_value=10000))
def test_a_month_has_730_hours(usd: Decimal, quantity: int) -> None:
    price = prices.Price(usd=usd, per=Per.GB_MONTH, published=date(2026, 1, 1), source="a list")
    assert abs(price.hourly(quantity) * MONTH - usd * quantity) < Decimal("1e-12")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  per_hour: {a: 0}", "a price is more than 0"),
        ("  per_hour: {a: -1}", "a price is more than 0"),
        ("  per_hour: {a: free}", "per_hour"),
        ("  per_day: {a: 1}", "per_day"),
        ("  per_hour: {a: .nan}", "a finite number"),
    ],
)
def test_an_extract_that_is_wrong_is_refused_by_its_key(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "us-east-1.yaml"
    start = "region: us-east-1\noffers:\n- service: AmazonEC2\n  published: '2026-11-20'\n  source: a list\n"
    path.write_text(start + line)
    with pytest.raises(SpecError) as error:
        read_table(path)
    assert said in str(error.value)


def test_a_number_without_a_date_or_a_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "us-east-1.yaml"
    path.write_text("region: us-east-1\noffers:\n- service: AmazonEC2\n  published: soon\n  source: ''\n")
    with pytest.raises(SpecError) as error:
        read_table(path)
    assert "offers[0].published" in str(error.value)
    assert "offers[0].source" in str(error.value)
