"""`aifactory preflight`: what it reads, prints and ends with."""

import json
import sys
from collections.abc import Mapping

import pytest
from rich.console import Console

from cli import preflight
from cli.__main__ import main
from components.accelerators import AwsAccess
from stacks.preflight import plan_of
from tests.unit.components.test_preflight import P_QUOTA, PLAN, Account


def printed(account: Account, skip: Mapping[str, str]) -> tuple[int, str]:
    console = Console(width=200, record=True, file=None, quiet=False)
    with console.capture() as captured:
        status = preflight.report(PLAN, account, console, skip=skip, as_json=False)
    return status, captured.get()


def test_the_plan_of_the_example_at_aws() -> None:
    settings, access = preflight.settings_of("aws")
    assert access == AwsAccess(region="us-east-1")
    plan = plan_of(settings, access)
    system, pool = plan.pools
    assert (system.instance_type, system.vcpus, system.nodes) == ("r7i.8xlarge", 32, 2)
    assert (pool.market, pool.reservation) == ("capacity-block", "cr-0123456789abcdef0")
    assert (plan.version, plan.endpoints) == ("1.34", ("ecr.api", "ecr.dkr", "logs"))
    assert (pool.instance_type, pool.vcpus, pool.nodes, pool.efa) == ("p5.48xlarge", 192, 5, 32)
    assert pool.zones == ("us-east-1a",)
    assert plan.cidrs == ("10.64.0.0/16",)


def test_a_failed_check_ends_with_1_and_says_what_to_request() -> None:
    status, output = printed(Account(limit=0), {})
    assert status == 1
    assert f"quota:{P_QUOTA}" in output
    assert "request-service-quota-increase" in output
    assert "1 failed" in output


def test_a_skipped_check_ends_with_0_and_its_reason_is_printed() -> None:
    status, output = printed(Account(limit=0), preflight.skipped(["quota=granted by phone"]))
    assert status == 0
    assert "skipped (granted by phone): the quota" in output


def test_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    status = preflight.report(PLAN, Account(limit=0), Console(), skip={}, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (status, document["failed"], document["region"]) == (1, 1, "us-east-1")
    assert set(document["checks"][0]) == {"check", "subject", "state", "value", "message", "remedy"}


@pytest.mark.parametrize(
    ("env", "message"),
    [("none", "Pulumi.none.platform.yaml"), ("onprem", "it names no aifactory:region")],
)
def test_an_environment_that_is_not_at_aws(
    env: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["aifactory", "preflight", "--env", env])
    assert main() == 1
    assert message in capsys.readouterr().err
