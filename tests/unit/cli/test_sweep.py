"""`aifactory sweep`: what counts as left, what keeps it, and how the command ends."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from cli import preflight
from cli.__main__ import main
from cli.sweep import commands
from cli.sweep.leftovers import KEPT, Leftover, State, sweep
from cli.sweep.questions import Cluster, Interface, Tagged
from components.elastic_filesystem.component import ElasticFilesystem
from components.errors import FactoryError
from components.filesystem.component import Filesystem
from components.object_store.component import ObjectStore
from components.preflight.questions import NoAnswer, Why
from components.vault.component import VaultBucket
from stacks.names import ENVIRONMENT_TAG
from stacks.recovery.tags import Owner
from tests.unit.components.engine_requests import requested

ENV, CLUSTER = "aws", "aws-platform-cluster"
ARN = "arn:aws:{service}:us-east-1:123456789012:{rest}"
FILESYSTEM = ARN.format(service="fsx", rest="file-system/fs-1")
VPC, SUBNET, GROUP = (
    ARN.format(service="ec2", rest=f"{kind}/{kind}-1") for kind in ("vpc", "subnet", "security-group")
)


def own(arn: str, component: str, kind: str, name: str = "it") -> Tagged:
    owner = Owner(f"urn:pulumi:aws.platform::aifactory::aifactory:{component}${kind}::{name}")
    return Tagged(arn=arn, tags={ENVIRONMENT_TAG: ENV, **owner.tags()})


@dataclass
class Account:
    """Answers in AWS's place."""

    resources: Sequence[Tagged] = ()
    standing: Cluster | None = None
    found: Sequence[Interface] = ()
    owned: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    refused: Mapping[str, Why] = field(default_factory=dict[str, Why])

    def _answer(self, call: str) -> None:
        if call in self.refused:
            raise NoAnswer(self.refused[call], call, "of the account")

    def tagged(self, key: str, value: str = "") -> Sequence[Tagged]:
        self._answer(key)
        return [one for one in self.resources if key in one.tags and value in ("", one.tags[key])]

    def roles(self, key: str, value: str) -> Sequence[Tagged]:
        del key, value
        self._answer("iam:ListRoles")
        return []

    def cluster(self, name: str) -> Cluster | None:
        assert name == CLUSTER
        return self.standing

    def log_groups(self, prefix: str) -> Sequence[str]:
        del prefix
        return []

    def interfaces(self, places: Sequence[str]) -> Sequence[Interface]:
        return [one for one in self.found if one.places & set(places)]

    def owned_interfaces(self, filesystem: str) -> frozenset[str]:
        return self.owned.get(filesystem, frozenset())

    def endings(self, arns: Sequence[str]) -> Mapping[str, str]:
        del arns
        return {}

    def held(self, arn: str) -> str:
        del arn
        return ""


def interface(name: str, user: str) -> Interface:
    arn = ARN.format(service="ec2", rest=f"network-interface/{name}")
    return Interface(id=name, arn=arn, places=frozenset({"vpc-1", "subnet-1"}), user=user)


def swept(account: Account) -> dict[str, Leftover]:
    return {one.arn: one for one in sweep(ENV, CLUSTER, account).leftovers}


NETWORK = (
    own(VPC, "network:Network", "aws:ec2/vpc:Vpc"),
    own(SUBNET, "network:Network", "aws:ec2/subnet:Subnet"),
)
LUSTRE = own(FILESYSTEM, "filesystem:Filesystem", "aws:fsx/lustreFileSystem:LustreFileSystem")


def test_a_network_in_which_only_a_kept_filesystem_is_left_is_kept() -> None:
    """A filesystem that is retained holds its subnet and its VPC: to call them left would be to ask for its end."""
    account = Account([*NETWORK, LUSTRE], found=[interface("eni-1", "")], owned={"fs-1": frozenset({"eni-1"})})
    found = sweep(ENV, CLUSTER, account)
    assert {one.state for one in found.leftovers} == {State.KEPT}
    assert {one.keeps for one in found.leftovers if one.arn != FILESYSTEM} == {"fs-1 is in it, and is kept"}
    assert found.clean


def test_an_interface_beside_a_kept_filesystem_is_named() -> None:
    account = Account(
        [*NETWORK, LUSTRE],
        found=[interface("eni-1", ""), interface("eni-2", "aws-K8S-i-1")],
        owned={"fs-1": frozenset({"eni-1"})},
    )
    found = swept(account)
    assert (found[VPC].state, found[VPC].keeps) == (State.LEFT, "eni-1; eni-2 (aws-K8S-i-1)")
    assert found[FILESYSTEM].state is State.KEPT


def test_a_protected_cluster_says_how_its_protection_ends() -> None:
    arn = ARN.format(service="eks", rest=f"cluster/{CLUSTER}")
    account = Account(standing=Cluster(arn=arn, protected=True, node_groups=("gpu", "system")))
    assert swept(account)[arn].keeps == (
        "its deletion protection is on: set aifactory:cluster.deletion_protection to false, and deploy; "
        "its node groups gpu, system"
    )


def test_a_default_group_ends_with_its_vpc() -> None:
    account = Account([own(GROUP, "network:Network", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")])
    assert sweep(ENV, CLUSTER, account).clean


def test_what_nobody_explains_says_what_to_do() -> None:
    found = swept(Account([own(VPC, "network:Network", "aws:ec2/vpc:Vpc")]))
    assert found[VPC].keeps.startswith("nothing that was asked about: run the destroy again")


def test_a_backup_of_a_kept_filesystem_is_kept() -> None:
    backup = ARN.format(service="fsx", rest="backup/backup-1")
    account = Account([own(backup, "filesystem:Filesystem", "aws:fsx/lustreFileSystem:LustreFileSystem")])
    assert swept(account)[backup].state is State.KEPT


def protecting() -> None:
    """Every component that keeps what it holds."""
    VaultBucket("vault", {"bucket": "example-vault", "retention_days": 30})
    ObjectStore("objects", {"bucket": "example-objects"})
    Filesystem(
        "filesystem",
        {
            "size_gib": 1200,
            "namespace": "factory",
            "local_volume": "",
            "storage_class": "",
            "lustre": {"subnet_id": "subnet-1", "security_group_id": "sg-1"},
        },
    )
    ElasticFilesystem(
        "state",
        {
            "vpc_id": "vpc-1",
            "subnets": {"us-east-1a": "subnet-1"},
            "nodes_security_group_id": "sg-1",
            "namespace": "factory",
        },
    )


def test_what_is_protected_is_what_a_sweep_calls_kept() -> None:
    """A component that protects more, or less, is noticed here."""
    asked = requested(protecting).asked
    protected = {key.split(" ")[0] for key, one in asked.items() if one.protected}
    kept = {kind for kinds in KEPT.values() for kind in kinds if kind}
    vault = {key.split(" ")[0] for key, one in asked.items() if one.parent.startswith("aifactory:vault:")}
    logs = "aws:cloudwatch/logGroup:LogGroup"
    # What has no tags, as a policy, is a part of what it is set on.
    parts = {kind for kind in protected if kind.startswith("aws:efs/") and kind.endswith("Policy")}
    assert protected - vault - parts <= kept
    assert kept - {logs} <= protected
    assert {key.split(" ")[0] for key in asked if key.startswith("aifactory:")} == set(KEPT)


def printed(account: Account) -> tuple[int, str]:
    console = Console(width=200)
    with console.capture() as captured:
        status = commands.report(ENV, CLUSTER, account, console, as_json=False)
    return status, captured.get()


def test_what_is_left_ends_with_1_and_is_named() -> None:
    status, output = printed(Account([*NETWORK, LUSTRE]))
    assert status == 1
    assert VPC in output
    assert "2 left, 1 kept on purpose" in output


def test_what_is_kept_on_purpose_ends_with_0() -> None:
    status, output = printed(Account([LUSTRE]))
    assert (status, "Filesystem is protected: what it holds exists nowhere else" in output) == (0, True)


def test_nothing_is_left() -> None:
    assert printed(Account()) == (0, "nothing is left\n")


@pytest.mark.parametrize("call", [ENVIRONMENT_TAG, "CSIVolumeName", "iam:ListRoles"])
def test_what_may_not_be_asked_is_not_proven(call: str) -> None:
    status, output = printed(Account(refused={call: Why.DENIED}))
    assert status == 1
    assert f"not answered: access denied: {call}: of the account" in output


@pytest.mark.parametrize(
    ("why", "remedy"), [(Why.CREDENTIALS, "aws sso login"), (Why.UNREACHABLE, "the way to the network")]
)
def test_whoever_cannot_ask_at_all_gets_one_message(why: Why, remedy: str) -> None:
    with pytest.raises(FactoryError) as caught:
        printed(Account(refused={ENVIRONMENT_TAG: why}))
    assert str(caught.value).startswith(f"sweep of aws: {why.value}: {ENVIRONMENT_TAG}: of the account; ")
    assert remedy in str(caught.value)


def test_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    account = Account([own(VPC, "network:Network", "aws:ec2/vpc:Vpc"), LUSTRE])
    status = commands.report(ENV, CLUSTER, account, Console(), as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (status, document["environment"], document["clean"], document["left"]) == (1, "aws", False, 1)
    assert document["unanswered"] == []
    assert [one["state"] for one in document["resources"]] == ["left", "kept on purpose"]
    assert set(document["resources"][0]) == {"arn", "what", "state", "keeps"}


def test_the_cluster_of_the_example() -> None:
    settings, _ = preflight.settings_of("aws")
    assert commands.cluster_of("aws", settings) == CLUSTER


@pytest.mark.parametrize(
    ("env", "message"),
    [("none", "Pulumi.none.platform.yaml"), ("onprem", "it names no aifactory:region")],
)
def test_an_environment_that_is_not_at_aws(
    env: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["aifactory", "sweep", "--env", env])
    assert main() == 1
    assert message in capsys.readouterr().err
