"""`aifactory drift` by the real engine: what a hand changes on a store, at AWS and in a cluster, and what is said of it."""

import json
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import boto3
import pytest
import yaml
from rich.console import Console

from cli.drift.commands import WEAKENED, run, status
from cli.drift.comparison import Drift, drift
from cli.drift.findings import Finding
from cli.drift.refresh import compared
from cli.engine import Engine
from cli.home import Home
from components.errors import FactoryError
from host.cache import REPOSITORY
from host.documents import Values
from host.progress import Progress
from stacks.names import LAYERS
from tests.contract.by_hand import Change, Hands, settle
from tests.contract.deployment import NO_ACCOUNT
from tests.contract.existing import REGION
from tests.contract.hand_changes import CHANGES
from tests.contract.servers import minio, moto
from tests.support.control_plane import ControlPlane
from tests.support.engine import Stack
from toolchain.install import Toolchain

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ENV = "drift"
PROGRAM = REPOSITORY / "tests" / "contract" / "programs" / "drift.py"


class Site(Engine):
    """The engine on a program of the test's own."""

    def settings(self, layer: str) -> dict[str, str]:
        del layer
        return {}

    def profiles(self) -> Mapping[str, str]:
        return {"AWS_REGION": REGION}


@dataclass(frozen=True, slots=True)
class World:
    """Three layers that are deployed, on servers that run."""

    home: Home
    environment: Mapping[str, str]
    hands: Hands

    @property
    def env(self) -> str:
        return ENV

    def deployed(self, progress: Progress) -> AbstractContextManager[Site]:
        del progress
        return nullcontext(self.engine)

    @property
    def engine(self) -> Site:
        return engine_of(self.home)

    def compare(self) -> Drift:
        return drift(ENV, self.engine, kubectl, Progress())

    def stack(self, layer: str) -> Stack:
        return Stack(folder=self.home.project, name=f"{ENV}.{layer}", environment=self.environment)

    def states(self) -> dict[str, bytes]:
        """Every file of the state, and when it was written."""
        files = [path for path in (self.home.state / "pulumi").rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in files if "locks" not in path.parts}


@dataclass(frozen=True, slots=True)
class Seen:
    """One comparison before the hand, and one after."""

    before: Drift
    after: Drift
    written: Mapping[str, tuple[bytes | None, bytes | None]]
    """Files of the state that are not as they were before both comparisons."""


def kubectl() -> Path:
    return Toolchain().path("kubectl")


def engine_of(home: Home) -> Site:
    return Site(home, ENV, Toolchain().path("pulumi"))


@pytest.fixture(scope="module")
def world(cluster: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    with pytest.MonkeyPatch.context() as here:
        here.setenv("AIFACTORY_HOME", str(tmp_path_factory.mktemp("home")))
        with moto() as aws, minio(tmp_path_factory.mktemp("disk")) as store:
            here.setenv("AWS_REGION", REGION)
            home = Home.of_site(ENV)
            servers = {"moto": aws, "minio": store, "kubeconfig": str(cluster.kubeconfig)}
            environment = deployed(home, servers)
            resources = compared("", engine_of(home).refreshed("platform")).resources
            hands = Hands(
                store=boto3.client("s3", REGION, endpoint_url=store),
                s3=boto3.client("s3", REGION, endpoint_url=aws),
                kms=boto3.client("kms", REGION, endpoint_url=aws),
                ec2=boto3.client("ec2", REGION, endpoint_url=aws),
                eks=boto3.client("eks", REGION, endpoint_url=aws),
                iam=boto3.client("iam", REGION, endpoint_url=aws),
                cluster=cluster,
                resources={f"{one.type} {one.name}": one for one in resources},
            )
            settle(hands.s3, resources)
            yield World(home, environment, hands)


def deployed(home: Home, servers: Mapping[str, str]) -> Mapping[str, str]:
    """Deploys every layer of the test's program; the environment that it was deployed in."""
    home.project.mkdir(parents=True)
    (home.project / "__main__.py").write_text(PROGRAM.read_text())
    project = cast("Values", yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))
    plugins = {"providers": [{"name": "aifactory", "path": str(REPOSITORY / "pulumi_plugin" / "object_store")}]}
    written = {"name": project["name"], "runtime": "python", "plugins": plugins}
    (home.project / "Pulumi.yaml").write_text(yaml.safe_dump(written))
    # That of `Stack`.
    home.write_secret("passphrase", "of a test")
    (home.state / "pulumi").mkdir()
    environment = {
        **NO_ACCOUNT,
        "AWS_REGION": REGION,
        "DRIFT_SERVERS": json.dumps(dict(servers)),
        "PULUMI_BACKEND_URL": f"file://{home.state / 'pulumi'}",
    }
    for layer in LAYERS:
        stack = Stack(folder=home.project, name=f"{ENV}.{layer}", environment=environment)
        stack.init()
        stack.up()
    return environment


@pytest.fixture(scope="module")
def seen(world: World) -> Seen:
    was = world.states()
    before = world.compare()
    for change in CHANGES:
        change.make(world.hands)
    after = world.compare()
    now = world.states()
    written = {key: (was.get(key), now.get(key)) for key in {*was, *now} if was.get(key) != now.get(key)}
    return Seen(before, after, written)


def is_told(change: Change, one: Finding) -> bool:
    return (
        one.stack == f"{ENV}.{change.layer}"
        and one.type.endswith(change.type)
        and (one.name, one.path) == (change.name, change.path)
    )


def test_what_stands_as_it_was_deployed_is_no_drift(seen: Seen) -> None:
    assert [str(one) for one in seen.before.findings] == []
    assert seen.before.unanswered == ()
    assert status(seen.before) == 0


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: cast("Change", change).what)
def test_a_change_by_hand_is_named(seen: Seen, change: Change) -> None:
    told = [one for one in seen.after.findings if is_told(change, one)]
    assert len(told) == 1, "\n".join(map(str, seen.after.findings))
    assert bool(told[0].reason) == change.weakens


def test_nothing_else_is_named(seen: Seen) -> None:
    rest = [str(one) for one in seen.after.findings if not any(is_told(change, one) for change in CHANGES)]
    # A block of public access has four switches, of which a change is told by one.
    assert [line for line in rest if "vault-private" not in line] == []
    assert seen.after.unanswered == ()
    assert status(seen.after) == WEAKENED


def test_the_command_prints_a_line_a_finding_and_ends_with_the_verdict(
    world: World, seen: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(highlight=False, soft_wrap=True, width=120)
    assert run(world, kubectl, console, as_json=False) == WEAKENED
    lines = capsys.readouterr().out.splitlines()
    assert {str(one) for one in seen.after.findings} <= set(lines)
    assert lines[-1] == f"{seen.after.weakening} weaken protection, 2 more changed"
    assert run(world, kubectl, console, as_json=True) == WEAKENED
    assert json.loads(capsys.readouterr().out)["weakening"] == seen.after.weakening


def test_no_secret_is_shown(seen: Seen) -> None:
    output = json.dumps(seen.after.document())
    for secret in ("hunter2", "hunter3", "aHVudGVyMg", "aHVudGVyMw"):
        assert secret not in output


def test_a_comparison_writes_no_state(seen: Seen) -> None:
    assert seen.written == {}


def test_a_layer_that_was_never_deployed_is_not_made(world: World) -> None:
    with pytest.raises(FactoryError, match="no layer of it was deployed"):
        drift("another", world.engine, kubectl, Progress())
    assert set(world.engine.stacks()) == {f"{ENV}.{layer}" for layer in LAYERS}


@pytest.mark.usefixtures("seen")
def test_a_vault_without_retention_that_is_public_and_expires_was_6_unchanged(world: World) -> None:
    """An `up` with a refresh sees it, and brings the vault back to what is declared."""
    store: S3Client = world.hands.store
    counts = world.stack("vault").up("--refresh")
    assert counts.get("update") == 2
    rule = store.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"].get("Rule", {})
    assert rule.get("DefaultRetention") == {"Mode": "COMPLIANCE", "Days": 30}
    for ask in (store.get_bucket_policy, store.get_bucket_lifecycle_configuration):
        with pytest.raises(store.exceptions.ClientError, match="NoSuch"):
            ask(Bucket="vault")
    assert [str(one) for one in world.compare().findings if one.stack == f"{ENV}.vault"] == []
