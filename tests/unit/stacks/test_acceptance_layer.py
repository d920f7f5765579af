"""The acceptance test of the layer workloads: what is tested, by whom, and what waits for it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pulumi
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from components.acceptance.spec import AcceptanceSpec
from components.gpu_pool.spec import POOL
from components.violations import SpecError
from host.cache import REPOSITORY
from host.documents import mapping, sequence
from stacks import acceptance, contracts
from stacks.configuration import of_stack
from stacks.gpu_node import GpuNode
from stacks.layers import workloads
from stacks.names import PROJECT
from stacks.settings import PlatformSettings, StackName, VaultSettings
from tests.unit.components.engine_requests import Requests, requested
from tests.unit.components.test_acceptance import on_cpu
from workloads.access import callers
from workloads.spec import PROTECTION_SECRET, STORES_CONFIG

STACK = StackName("aws", "workloads")
H100 = GpuNode(gpus=8, gpu_model="H100", gpu_memory_gib=80, efa=32, cpus=192, memory_gib=2048, arm=False)
JOB = "kubernetes:batch/v1:Job"
set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a command adds to an example."""
    monkeypatch.chdir(REPOSITORY)
    lock = {"workloads": f"registry.example.org/workloads@sha256:{'1' * 64}", "environment": "2" * 64}
    (tmp_path / "lock.json").write_text(json.dumps(lock))
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "callers.json").write_text(callers.document({"team": callers.entry(callers.new_key())}))
    for secret in ("stores-objects", "stores-protection"):
        (tmp_path / secret).mkdir()
        for name in ("credentials", "config"):
            (tmp_path / secret / name).write_text(f"[{secret}]\n")
    return {
        "imagesLock": str(tmp_path / "lock.json"),
        "signingKeyFile": str(tmp_path / "key.pem"),
        "callersFile": str(tmp_path / "callers.json"),
        "kubeconfig": str(tmp_path),
        "model": "4" * 64,
    }


def deployed(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str], node: GpuNode = H100) -> Requests:
    """The layer workloads of the example `aws`, on a platform that published what its nodes have."""
    platform = contracts.PlatformContract.plan(PlatformSettings.read(of_stack(STACK.lower("platform"))))
    published = replace(platform, gpu_node=node, kubeconfig="{}", vpc_id="vpc-0", node_security_group_id="sg-0")
    vault = contracts.VaultContract.plan(VaultSettings.read(of_stack(STACK.lower("vault"))))

    def platform_of(_: StackName) -> contracts.PlatformContract:
        return published

    def vault_of(_: StackName) -> contracts.VaultContract:
        return replace(vault, vault_key="arn:aws:kms:us-east-1:1:key/0", offsite_key="arn:aws:kms:us-west-2:1:key/0")

    monkeypatch.setattr(contracts, "platform_of", platform_of)
    monkeypatch.setattr(contracts, "vault_of", vault_of)
    set_all_config({f"{PROJECT}:{key}": value for key, value in {**of_stack(STACK).values, **values}.items()})
    return requested(lambda: workloads.deploy(STACK))


def pod(found: Requests) -> Mapping[str, object]:
    (job,) = found.recorded.of(JOB)
    return mapping(mapping(mapping(job.inputs["spec"])["template"])["spec"])


def test_runs_began_on_nodes_that_nobody_had_tested(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A8: the run and what serves wait for the test of the nodes, and it for its account and its key."""
    found = deployed(monkeypatch, files)
    (workflow,) = [one for one in found.recorded.seen if one.kind.endswith(":Workflow")]
    for name in (workflow.name, "serving-server"):
        assert "acceptance-job" in found.waits_for(name), name
    assert {"access-signing-key", "accept-account"} <= found.waits_for("acceptance-job")
    (job,) = found.recorded.of(JOB)
    assert mapping(job.inputs["spec"])["completions"] == 4


def test_the_cards_are_judged_by_what_the_platform_published(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = deployed(monkeypatch, files)
    (container,) = sequence(pod(found)["containers"])
    environment = {str(mapping(one)["name"]): mapping(one).get("value") for one in sequence(mapping(container)["env"])}
    document = json.loads(str(environment["ACCEPTANCE_SPEC"]))
    assert (document["gpus"], document["efa"], document["floors"]["tflops"]) == (8, 32, 718.2)
    assert document["floors"]["all_reduce_gb_s"] == 300
    # On FSx the root is root's, and its folders are the pods'.
    assert environment["FILESYSTEM_DIR"] == "/shared/checkpoints"


def test_its_record_is_kept_by_an_identity_that_reaches_the_vault_alone(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = deployed(monkeypatch, files)
    assert pod(found)["serviceAccountName"] == "accept"
    assert STORES_CONFIG in json.dumps(pod(found)["volumes"])
    assert PROTECTION_SECRET not in json.dumps(pod(found))


def test_where_pods_have_accounts_it_has_that_of_copies(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(Path(files["imagesLock"]).parent)
    found = deployed(monkeypatch, {**files, "storesFolder": folder})
    assert f'"secretName": "{PROTECTION_SECRET}"' in json.dumps(pod(found)["volumes"])


def test_without_a_section_nothing_is_tested(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert deployed(monkeypatch, {**files, "acceptance": "{}"}).recorded.of(JOB) == []


def test_nodes_of_which_nobody_says_their_gpus_are_named(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SpecError) as caught:
        deployed(monkeypatch, files, GpuNode())
    assert "AcceptanceTest: aifactory:gpusPerNode = ''" in str(caught.value)


def test_the_fit_check_counts_what_the_test_asks_for() -> None:
    """Its own defaults stand in the component."""
    spec = AcceptanceSpec.parse(on_cpu())
    assert (spec.cpu, spec.memory_gib) == (acceptance.DEFAULT_CPU, acceptance.DEFAULT_MEMORY_GIB)
    assert acceptance.demand_of({"nodes": 1}, (), {"pool": POOL}) is None
