"""A platform that is changed says which declared workload then no longer fits: in its own preview."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest
import yaml

from components.violations import SpecError
from host.cache import REPOSITORY
from stacks import contracts, published
from stacks.configuration import of_stack
from stacks.fit_preview import check_workloads
from stacks.layers import platform
from stacks.node_pool import NodePool, PlannedPools
from stacks.published import PlatformFields, fields
from stacks.settings import PROJECT, PlatformSettings, StackName
from tests.unit.components.recorder import Recorder, declared

STACK = StackName("aws", "platform")
CONFIG = REPOSITORY / "stacks" / "config"
Say = Callable[..., None]
set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's configuration of `aws`, whose store nobody has."""
    document = cast("dict[str, object]", yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump({**document, "stackConfigDir": "config"}))
    (tmp_path / "config").mkdir()
    for layer in ("platform", "workloads"):
        name = f"Pulumi.aws.{layer}.yaml"
        (tmp_path / "config" / name).write_text((CONFIG / name).read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path))
    monkeypatch.setattr(contracts, "published", unpublished)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    return tmp_path


def unpublished(*_: object) -> PlatformFields:
    raise SpecError("Contract", ())


def configure(project: Path, stack: str, **values: object) -> None:
    path = project / "config" / f"Pulumi.{stack}.yaml"
    document = cast(
        "dict[str, dict[str, object]]", yaml.safe_load(path.read_text()) if path.exists() else {"config": {}}
    )
    document["config"] |= {f"{PROJECT}:{key}": value for key, value in values.items()}
    path.write_text(yaml.safe_dump(document))


def check() -> None:
    settings = PlatformSettings.read(of_stack(STACK))
    check_workloads(STACK, settings, PlannedPools.plan(settings))


def refused() -> str:
    with pytest.raises(SpecError) as caught:
        check()
    return str(caught.value)


def test_the_example_fits_what_is_declared_on_it(project: Path) -> None:
    check()
    configure(project, "aws.workloads", model="0" * 64)
    check()


def test_shrinking_a_pool_failed_only_the_next_layers_preview(project: Path) -> None:
    configure(project, "aws.platform", gpuNodes="3")
    output = refused()
    assert output.startswith("Recipe of aws.workloads: resources.train.pods = 32: ")
    assert "the pool gpu has 3 nodes of p5.48xlarge for 24 such pods, 8 each;" in output
    training, acceptance = output.splitlines()
    assert training.endswith("set pods to at most 24, or set aifactory:gpuNodes to 4 or more")
    assert acceptance.startswith("Recipe of aws.workloads: aifactory:acceptance.nodes = 4: ")


def test_the_change_is_named_by_what_was_published(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = PlannedPools.plan(PlatformSettings.read(of_stack(STACK))).pools

    def answered(*_: object) -> dict[str, object]:
        return {"pools": before}

    monkeypatch.setattr(contracts, "published", answered)
    configure(project, "aws.platform", gpuNodes="3")
    assert "(aifactory:gpuNodes was 5, is 3)" in refused()


def test_a_store_that_does_not_answer_hides_no_refusal(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "published", published.published)
    configure(project, "aws.platform", gpuNodes="3", objectsEndpoint="http://127.0.0.1:1")
    assert "was" not in refused()


def test_every_team_is_judged(project: Path) -> None:
    configure(project, "aws.workloads.vision", recipe="production", model="0" * 64)
    configure(project, "aws.workloads.speech", recipe="lab")
    configure(project, "other.workloads", recipe="production")
    configure(project, "aws.platform", gpuNodes="4")
    output = refused()
    assert output.startswith("Recipe of aws.workloads.vision: resources.train.pods = 32")
    assert len(output.splitlines()) == 1
    configure(project, "aws.platform", gpuNodes="1")
    assert {line.partition(":")[0] for line in refused().splitlines()} == {
        "Recipe of aws.workloads",
        "Recipe of aws.workloads.vision",
    }


def test_an_environment_without_workloads_has_nothing_to_fit(project: Path) -> None:
    configure(project, "aws.platform", gpuNodes="0")
    (project / "config" / "Pulumi.aws.workloads.yaml").unlink()
    check()


def test_a_recipe_that_is_wrong_does_not_stop_the_platform(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    configure(project, "aws.workloads", recipe="nowhere")
    configure(project, "aws.workloads.later", imagesLock="lock.json")
    check()
    (one,) = said
    assert one.startswith("aws.workloads was not compared with the pools of nodes: Recipe: recipe = ")


def platform_config(project: Path) -> dict[str, str]:
    document = yaml.safe_load((project / "config" / "Pulumi.aws.platform.yaml").read_text())
    # Charts are brought by a command, and are not in this project, nor is the vault, whose buckets roles are told; a
    # registry's address only AWS knows.
    for key in ("controllers", "registry", "access"):
        document["config"].pop(f"{PROJECT}:{key}", None)
    found = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in document["config"].items()}
    return {**found, f"{PROJECT}:awsEndpoint": "http://127.0.0.1:1", f"{PROJECT}:localVolume": "/srv/shared"}


def test_the_layer_refuses_before_it_declares_anything(project: Path) -> None:
    set_all_config({**platform_config(project), f"{PROJECT}:gpuNodes": "3"})
    recorder = Recorder()
    with pytest.raises(SpecError, match=r"Recipe of aws\.workloads: resources\.train\.pods = 32"):
        declared(lambda: platform.deploy(STACK), recorder)
    assert recorder.seen == []


def test_the_contract_that_is_published_names_its_pools(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def unasked(*_: object) -> None:
        """The vault's configuration is not in this project."""

    monkeypatch.setattr(platform, "_identities", unasked)
    set_all_config(platform_config(project))
    seen = declared(lambda: platform.deploy(STACK), preview=False)
    (contract,) = (one.inputs for one in seen.seen if one.name == "platform-contract")
    found = fields(PlatformFields, STACK, "", str(contract["content"]).encode())
    settings = PlatformSettings.read(of_stack(STACK))
    pools: tuple[NodePool, ...] = found.get("pools", ())
    assert pools == PlannedPools.plan(settings).pools
    assert found.get("filesystem_zone") == ""


def test_a_limit_of_karpenters_below_a_jobs_need_is_named(project: Path) -> None:
    configure(
        project,
        "aws.platform",
        gpuNodes="0",
        gpuPool={},
        karpenterPool={"max_nodes": 3, "capacity": {"kind": "on-demand"}},
        controllers={"names": ["karpenter"]},
    )
    configure(project, "aws.workloads", acceptance={})
    assert "or set aifactory:karpenterPool.max_nodes to 4 or more" in refused()
    configure(
        project,
        "aws.platform",
        karpenterPool={"max_nodes": 4, "capacity": {"kind": "on-demand"}},
    )
    check()


def test_an_acceptance_test_waited_for_the_node_that_serves(project: Path) -> None:
    """Its pods take every card of a node, and one is held by what serves: they would wait until they are given up."""
    configure(project, "aws.workloads", model="0" * 64, acceptance={"nodes": 5})
    output = refused()
    assert output.startswith("Recipe of aws.workloads: aifactory:acceptance.nodes = 5: ")
    assert "4 beside what always runs" in output
    assert "set nodes to at most 4, or set aifactory:gpuNodes to 6 or more" in output
