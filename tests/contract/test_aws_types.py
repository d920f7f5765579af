"""Every type of the aws plugin through the real engine: made, looked at, changed, replaced, imported, removed."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from host.documents import Values
from lab.plugins.aws.provider import TYPES, AwsPlugin
from pulumi_plugin.server import Resource
from tests.contract.aws_cases import CASES, FOUNDATION, PLACEMENT
from tests.contract.deployment import Entry
from tests.contract.existing import REGION, SERVICES, CloudResource, existing, plugin_for
from tests.contract.life import UP, Life, TypeContract, deployment_in, lived, refused
from tests.contract.servers import moto
from tests.contract.table import Case, Table


@dataclass(frozen=True, slots=True)
class Aws:
    """moto, asked by the plugin's own calls."""

    plugin: AwsPlugin

    def existing(self) -> set[CloudResource]:
        return existing(self.plugin)

    def read(self, entry: Entry) -> Values | None:
        found = self.plugin.read(Resource(entry.name, entry.kind, entry.name), entry.id, dict(entry.inputs))
        return found and found[0]

    def meddle(self, state: Mapping[str, Entry]) -> str:
        self.plugin.call("ec2", "delete_tags", Resources=[state["vpc"].id], Tags=[{"Key": "team"}])
        return "vpc"


def provider_at(endpoint: str) -> Mapping[str, str]:
    return {"region": REGION, "endpoints": json.dumps([dict.fromkeys(SERVICES, endpoint)])}


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Generator[Life]:
    """Lived once for all tests."""
    with moto() as endpoint:
        first, second = (deployment_in(tmp_path_factory.mktemp(name)) for name in ("first", "second"))
        table = Table((*FOUNDATION, *CASES), provider_at(endpoint))
        yield lived(first, second, table, Aws(plugin_for(endpoint)))


class TestAwsTypes(TypeContract):
    """The aws plugin, against moto."""

    CASES = CASES


def test_the_table_has_every_type_that_is_served_by_moto_and_one_that_is_recorded() -> None:
    assert {case.kind for case in CASES} == {*TYPES, PLACEMENT}


def errors_of(folder: Path, case: Case, *command: str) -> list[str]:
    with moto() as endpoint:
        return refused(deployment_in(folder), case, provider_at(endpoint), *command)


def test_a_type_that_does_not_exist_fails_the_preview(tmp_path: Path) -> None:
    output = errors_of(tmp_path, Case(name="queue", kind="aws:sqs/queu:Queu", first={}), "preview")
    assert len(output) == 1
    assert "has no type aws:sqs/queu:Queu" in output[0]


def test_an_input_that_pulumi_aws_does_not_have_fails_the_preview(tmp_path: Path) -> None:
    case = Case(name="net", kind="aws:ec2/vpc:Vpc", first={"cidrBlock": "10.0.0.0/16", "cidrBlok": "10.1.0.0/16"})
    output = errors_of(tmp_path, case, "preview")
    assert len(output) == 1
    assert "cidrBlok" in output[0]


def test_a_call_that_fails_is_one_error_of_the_up(tmp_path: Path) -> None:
    case = Case(name="place", kind="aws:ec2/subnet:Subnet", first={"vpcId": "vpc-00000000", "cidrBlock": "10.0.0.0/24"})
    output = errors_of(tmp_path, case, *UP)
    assert len(output) == 1
    assert "create_subnet" in output[0]
    assert "vpc-00000000" in output[0]


def test_nothing_is_looked_for_when_it_is_made() -> None:
    """The plugin has no memory: what is created twice stands twice, so that recovering is the project's own work."""
    with moto() as endpoint:
        aws = plugin_for(endpoint)
        before = existing(aws)
        resource = Resource("urn", "aws:ec2/vpc:Vpc", "net")
        made = {aws.create(resource, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}})[0] for _ in range(2)}
        assert {(resource.kind, identity) for identity in made} == existing(aws) - before
        assert len(made) == 2
