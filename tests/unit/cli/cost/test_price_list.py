"""`aifactory prices`: what it takes of AWS's price lists, and that half a list makes no extract."""

import argparse
import io
import tracemalloc
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest
from rich.console import Console

from cli.cost import commands
from cli.cost.offers import OFFERS
from cli.cost.price_list import fetch, url_of
from cli.cost.prices import read_table
from components.errors import FactoryError
from tests.unit.cli.cost.lists import EC2, GP3, HEADER, NAT, P5, Answer, head, price_list, serving, text

REGION = "us-east-1"
PATH = url_of("", "AmazonEC2", REGION)
MIB = 1 << 20


def whole(content: bytes) -> Answer:
    return 200, len(content), (content,)


def run(*arguments: str) -> str:
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser)
    output = io.StringIO()
    assert commands.run(parser.parse_args(["--region", REGION, *arguments]), Console(file=output, width=200)) == 0
    return output.getvalue()


def refused(out: Path, *arguments: str) -> str:
    with pytest.raises(FactoryError) as error:
        run("--out", str(out), *arguments)
    assert not out.exists()
    return str(error.value)


def taken(tmp_path: Path, rows: tuple[Mapping[str, str], ...], code: str = "AmazonEC2") -> dict[str, Decimal]:
    """Name -> USD of what is taken of a file with these rows."""
    (tmp_path / "list.csv").write_bytes(price_list(rows, code))
    run("--from", str(tmp_path / "list.csv"), "--out", str(tmp_path / "out.yaml"))
    return {name: price.usd for name, price in read_table(tmp_path / "out.yaml").prices.items()}


def test_a_list_that_a_server_has_is_an_extract_with_its_date_and_its_source(tmp_path: Path) -> None:
    out = tmp_path / "us-east-1.yaml"
    with serving({PATH: whole(price_list())}) as server:
        said = run("--from", server, "--services", "AmazonEC2", "--out", str(out))
    assert "AmazonEC2 2026-11-20: 3 prices" in said
    table = read_table(out)
    assert table.region == REGION
    price = table.prices["ec2/p5.48xlarge"]
    assert (price.usd, price.published.isoformat()) == (Decimal("55.04"), "2026-11-20")
    assert price.source == "AWS price list AmazonEC2, version 20261120100000, us-east-1"
    assert table.prices["vpc/nat-gateway"].usd == Decimal("0.045")


def test_every_service_is_asked_for_by_its_address(tmp_path: Path) -> None:
    rows: dict[str, tuple[Mapping[str, str], ...]] = {
        "AmazonEC2": EC2,
        "AmazonEKS": (
            {"usageType": "USE1-AmazonEKS-Hours:perCluster", "Unit": "Hours", "PricePerUnit": "0.1"},
            {"usageType": "USE1-AmazonEKS-Hours:extendedSupport", "Unit": "Hours", "PricePerUnit": "0.5"},
        ),
        "AmazonVPC": (
            {"usageType": "USE1-VpcEndpoint-Hours", "Unit": "Hrs", "PricePerUnit": "0.01"},
            {"usageType": "USE1-PublicIPv4:InUseAddress", "Unit": "Hrs", "PricePerUnit": "0.005"},
        ),
        "AWSELB": (
            {
                "Product Family": "Load Balancer-Application",
                "usageType": "LoadBalancerUsage",
                "Unit": "Hrs",
                "PricePerUnit": "0.0225",
            },
        ),
        "AmazonFSx": (
            {
                "Product Family": "Storage",
                "File System Type": "Lustre",
                "Storage Type": "SSD",
                "Throughput Capacity": "250",
                "usageType": "Storage.SSD.250",
                "Unit": "GB-Mo",
                "PricePerUnit": "0.21",
            },
        ),
        "AmazonEFS": (
            {
                "Product Family": "Storage",
                "usageType": "TimedStorage-ByteHrs",
                "Unit": "GB-Mo",
                "PricePerUnit": "0.3",
            },
        ),
        "AmazonS3": (
            {
                "Product Family": "Storage",
                "usageType": "TimedStorage-ByteHrs",
                "Unit": "GB-Mo",
                "PricePerUnit": "0.023",
            },
        ),
        "awskms": ({"usageType": "us-east-1-KMS-Keys", "Unit": "Keys", "PricePerUnit": "1"},),
    }
    assert rows.keys() == OFFERS.keys()
    answers = {url_of("", code, REGION): whole(price_list(given, code)) for code, given in rows.items()}
    with serving(answers) as server:
        run("--from", server, "--out", str(tmp_path / "out.yaml"))
    assert {name: float(price.usd) for name, price in read_table(tmp_path / "out.yaml").prices.items()} == {
        "ec2/p5.48xlarge": 55.04,
        "vpc/nat-gateway": 0.045,
        "ebs/gp3": 0.08,
        "eks/cluster": 0.1,
        "eks/extended-support": 0.5,
        "vpc/interface-endpoint": 0.01,
        "vpc/public-ipv4": 0.005,
        "elb/application": 0.0225,
        "lustre/ssd/250": 0.21,
        "efs/standard": 0.3,
        "s3/standard": 0.023,
        "kms/key": 1,
    }


@pytest.mark.parametrize(
    "other",
    [
        {"MarketOption": "CapacityBlock", "PricePerUnit": "0.0000000000"},
        {"MarketOption": "CapacityBlock", "PricePerUnit": "31.0000000000"},
        {"PricePerUnit": "0.0000000000"},
        {"Tenancy": "Dedicated", "PricePerUnit": "60"},
        {"Operating System": "Windows", "PricePerUnit": "60"},
        {"Pre Installed S/W": "SQL Ent", "PricePerUnit": "60"},
        {"License Model": "Bring your own license", "PricePerUnit": "60"},
        {"CapacityStatus": "AllocatedCapacityReservation", "PricePerUnit": "60"},
        {"TermType": "Reserved", "PricePerUnit": "30"},
        {"Location Type": "AWS Local Zone", "PricePerUnit": "60"},
        {"Region Code": "us-east-2", "PricePerUnit": "60"},
        {"StartingRange": "100", "PricePerUnit": "50"},
    ],
)
def test_the_price_of_an_instance_is_on_demand_linux_on_shared_tenancy(tmp_path: Path, other: dict[str, str]) -> None:
    assert taken(tmp_path, ({**P5, **other}, *EC2))["ec2/p5.48xlarge"] == Decimal("55.04")


def test_two_prices_of_one_thing_are_none(tmp_path: Path) -> None:
    found = taken(tmp_path, ({**P5, "PricePerUnit": "60"}, *EC2))
    assert "ec2/p5.48xlarge" not in found
    assert "vpc/nat-gateway" in found


def test_a_usage_that_only_ends_alike_is_another_product(tmp_path: Path) -> None:
    regional = {**NAT, "usageType": "USE1-RegionalNatGateway-Hours", "PricePerUnit": "0.09"}
    assert taken(tmp_path, (regional, *EC2))["vpc/nat-gateway"] == Decimal("0.045")


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_list_that_ends_early_makes_no_extract(tmp_path: Path, cut: int) -> None:
    content = price_list()
    out = tmp_path / "out.yaml"
    with serving({PATH: (200, len(content), (content[:-cut],))}) as server:
        assert "price list = " in refused(out, "--from", server, "--services", "AmazonEC2")
    # Nobody said how long a file, or an answer without a length, would be.
    with serving({PATH: (200, None, (content[: -cut - 1],))}) as server:
        refused(out, "--from", server, "--services", "AmazonEC2")
    (tmp_path / "list.csv").write_bytes(content[: -cut - 1])
    refused(out, "--from", str(tmp_path / "list.csv"))


def test_a_list_that_ends_between_two_rows_lacks_what_every_region_has(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(price_list((P5, NAT)))
    assert "it has ebs/gp3 in us-east-1" in refused(tmp_path / "out.yaml", "--from", str(tmp_path / "list.csv"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1 says the list's FormatVersion"),
        (b"<html>Service Unavailable</html>\n", "line 1 says the list's FormatVersion"),
        (head("AmazonRDS").encode(), "AmazonRDS is not"),
        (
            (head(header=[one for one in HEADER if one != "Tenancy"]) + text(EC2)).encode(),
            "line 6 names the columns tenancy",
        ),
        (head().encode() + b'"a","b"\n', "a row has 26 columns (row 7 has 2)"),
        (head().encode() + b"x" * (2 * MIB), "a row has less than"),
        (price_list(({**P5, "Currency": "CNY"}, NAT, GP3)), "prices are in USD (there are some in CNY)"),
        (price_list().replace(b"2026-11-20T10", b"yesterday"), "Publication Date"),
    ],
)
def test_what_is_no_list_is_refused_by_what_is_wrong_with_it(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    assert said in refused(tmp_path / "out.yaml", "--from", str(tmp_path / "list.csv"))


def test_a_list_that_is_not_there_is_said_with_its_address(tmp_path: Path) -> None:
    with serving({}) as server:
        message = refused(tmp_path / "out.yaml", "--from", server, "--services", "AmazonEKS")
    assert "status 404" in message
    assert url_of(server, "AmazonEKS", REGION) in message
    with serving({PATH: (503, 0, ())}) as server:
        assert "status 503" in refused(tmp_path / "out.yaml", "--from", server, "--services", "AmazonEC2")


def test_a_server_that_sends_nothing_more_is_left() -> None:
    done = Event()

    def stalls() -> Iterator[bytes]:
        yield head().encode()
        done.wait()

    try:
        with serving({PATH: (200, 1000000, stalls())}) as server, pytest.raises(FactoryError) as error:
            fetch(url_of(server, "AmazonEC2", REGION), REGION, timeout=0.3)
    finally:
        done.set()
    assert "a byte comes within 0.3 s" in str(error.value)


def test_nobody_listens(tmp_path: Path) -> None:
    with serving({}) as server:
        pass
    assert "it can be fetched" in refused(tmp_path / "out.yaml", "--from", server, "--services", "AmazonEC2")


def test_a_list_of_200_mb_is_read_in_bounded_memory() -> None:
    # EC2's list of a region has some 300 MB. Of what is not asked for nothing is kept.
    # Few rows, and long ones: what is bounded is bytes, and a row of many columns takes the tracer longer.
    row = {**P5, "Operating System": "Windows", "PriceDescription": "x" * 8000}
    block = text([{**row, "Instance Type": f"x{index}.large"} for index in range(100)])
    blocks = 200 * MIB // len(block)

    def lines() -> Iterator[bytes]:
        yield head().encode()
        for _ in range(blocks):
            yield block.encode()
        yield text(EC2).encode()

    with serving({PATH: (200, None, lines())}) as server:
        tracemalloc.start()
        try:
            found = fetch(url_of(server, "AmazonEC2", REGION), REGION)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert len(found.prices) == len(EC2)
    # The server's own blocks are in it.
    assert peak < 16 * MIB


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--services", "AmazonRDS"), "AmazonRDS: not known"),
        (("--from", "ftp://example.org"), "by http:// or https://"),
        (("--from", "a.csv", "--from", "https://example.org"), "name one of the two"),
        (("--from", "a.csv", "--services", "AmazonEC2"), "leave it out"),
        (("--from", "missing.csv"), "the file can be read"),
        (("--region", "Virginia"), "name of a region"),
    ],
)
def test_options_that_mean_nothing_are_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(tmp_path / "out.yaml", *arguments)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(price_list())
    out = tmp_path / "nowhere" / "out.yaml"
    assert "--out" in refused(out, "--from", str(tmp_path / "list.csv"))
