"""Our own site at AWS, estimated: every resource of its layers is priced, counted, free, or unknown by name."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from cli.cost.declared import Declared
from cli.cost.estimate import Bound, estimate
from cli.cost.prices import shipped
from policies.resource import UNKNOWN, PolicyResource
from stacks.names import LAYERS
from stacks.settings import StackName
from tests.policies.test_examples import complete, judged, moto, project, resources

__all__ = ["moto", "project"]

NOT_KNOWN_YET = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def as_digest(value: object) -> object:
    """Inputs as a preview's digest writes them."""
    if value is UNKNOWN:
        return NOT_KNOWN_YET
    if isinstance(value, Mapping):
        return {key: as_digest(item) for key, item in cast("Mapping[str, object]", value).items()}
    return [as_digest(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def declared(found: list[PolicyResource]) -> list[Declared]:
    """With what a digest says of a node group's template, which a mock does not."""
    urns = {one.name: one.urn for one in found}
    made: list[Declared] = []
    for one in found:
        template = urns.get(one.name.replace("-nodes", "-template"), "")
        refers = {"launchTemplate": (template,)} if one.kind.endswith(":NodeGroup") else {}
        inputs = cast("Mapping[str, object]", as_digest(one.props))
        made.append(Declared(urn=one.urn, type=one.kind, inputs=inputs, refers=refers))
    return made


@pytest.fixture
def site(project: Path, moto: str) -> list[Declared]:
    complete(project, "aws", "production", moto)
    stacks = [StackName("aws", layer) for layer in LAYERS]
    return [one for stack in stacks for one in declared(judged(resources(stack), f"aws.{stack.layer}"))]


def test_the_example_at_aws_costs_what_its_resources_do_and_says_what_is_unknown(site: list[Declared]) -> None:
    found = estimate([], site, shipped("us-east-1"), date(2026, 12, 1))
    known = sorted(item.what for item in found.after.items if item.known)
    assert known.count("1 x EKS cluster") == 1
    assert known.count("1 x NAT gateway") == 2
    assert known.count("2 x interface endpoint, one a zone") == 3
    assert "2 x r7i.8xlarge" in known
    # What has no price in the extract, or in no list; and no type that nobody thought of.
    # A block has its nodes from its day on: what is desired is another number before.
    assert {(item.what.rpartition(" to ")[2], item.why) for item in found.unknown} == {
        (
            "5 x p5.48xlarge",
            "a Capacity Block is paid for when it is bought, and AWS's price list does not have it",
        ),
        (
            "4800 GiB of FSx for Lustre, SSD at 250 MB/s a TiB",
            "no price of lustre/ssd/250 in us-east-1",
        ),
        ("1 x application load balancer", "no price of elb/application in us-east-1"),
    }
    assert found.hourly.bound is Bound.AT_LEAST
    assert found.after.most_gpu_hours.value == 5 * 8 * 730
