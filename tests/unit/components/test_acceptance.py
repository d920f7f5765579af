"""AcceptanceTest: what is expected of a pool, and the Job that a deployment waits for."""

import json
from collections.abc import Callable, Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import instance_types
from components.accelerators import Accelerator, accelerator_from
from components.acceptance.args import AcceptanceTestArgs
from components.acceptance.ceilings import CARDS, MEASURED, NETWORK_GBPS
from components.acceptance.component import AcceptanceTest
from components.acceptance.spec import MEASURES, AcceptanceSpec
from components.violations import SpecError, Violation
from tests.unit.components.recorder import Recorder, declared

IMAGE = f"registry.example.org/workloads@sha256:{'0' * 64}"


def accelerator(name: str = "p5.48xlarge") -> Accelerator:
    return accelerator_from(instance_types.known()[name])


def on_cpu(**more: object) -> AcceptanceTestArgs:
    args: AcceptanceTestArgs = {
        "pool": "lab",
        "nodes": 1,
        "node_labels": {"kubernetes.io/os": "linux"},
        "namespace": "factory",
        "image": IMAGE,
        "record": {
            "environment": {"VAULT_BUCKET": "vault", "VAULT_RETENTION_DAYS": "7"},
            "stores_secret": "stores-logs",
            "signing_secret": "signing-key",
        },
    }
    return cast("AcceptanceTestArgs", {**args, **more})


def on_gpu(**more: object) -> AcceptanceTestArgs:
    given: dict[str, object] = {
        "pool": "gpu",
        "nodes": 4,
        "node_labels": {"aifactory/pool": "gpu"},
        "accelerator": accelerator(),
        "claim": "shared",
        "filesystem_mb_s": 4000,
    }
    return on_cpu(**{**given, **more})


def violations(args: AcceptanceTestArgs) -> dict[str, Violation]:
    with pytest.raises(SpecError) as caught:
        AcceptanceSpec.parse(args)
    return {one.path: one for one in caught.value.violations}


def job(seen: Recorder) -> Mapping[str, object]:
    (one,) = seen.of("kubernetes:batch/v1:Job")
    return cast("Mapping[str, object]", one.inputs["spec"])


def pod(seen: Recorder) -> Mapping[str, object]:
    template = cast("Mapping[str, Mapping[str, object]]", job(seen)["template"])
    return template["spec"]


def container(seen: Recorder) -> Mapping[str, object]:
    (one,) = cast("list[Mapping[str, object]]", pod(seen)["containers"])
    return one


def test_an_h100_is_expected_to_reach_nine_tenths_of_what_one_was_measured_at() -> None:
    spec = AcceptanceSpec.parse(on_gpu())
    assert spec.floors == {
        "tflops": 718.2,
        "memory_gb_s": 2700.0,
        "link_gb_s": 49.3,
        # 0.75 of 3200 Gbit/s, the gate of NVIDIA/aicr for H100 on EKS.
        "all_reduce_gb_s": 300.0,
        "write_mb_s": 700.0,
        "read_mb_s": 700.0,
    }
    assert spec.sources["tflops"] == f"0.9 of what is {MEASURED}"
    assert set(spec.sources) == set(spec.floors)


def test_what_has_no_ceiling_is_recorded_and_not_judged() -> None:
    assert AcceptanceSpec.parse(on_cpu()).floors == {}
    one = AcceptanceSpec.parse(on_gpu(nodes=1, filesystem_mb_s=0))
    assert "all_reduce_gb_s" not in one.floors
    assert "write_mb_s" not in one.floors
    unknown = AcceptanceSpec.parse(on_gpu(accelerator=accelerator("g4dn.xlarge"), efa=0, filesystem_mb_s=0))
    assert unknown.floors == {}


def test_a_floor_can_be_overridden_and_switched_off() -> None:
    spec = AcceptanceSpec.parse(on_gpu(floors={"all_reduce_gb_s": 250.0, "tflops": 0}))
    assert spec.floors["all_reduce_gb_s"] == 250
    assert spec.sources["all_reduce_gb_s"] == "set by the caller"
    assert "tflops" not in spec.floors


@pytest.mark.parametrize("name", sorted(NETWORK_GBPS))
def test_each_type_of_the_network_table_has_efa(name: str) -> None:
    facts = instance_types.known().get(name)
    if facts is not None:
        assert accelerator_from(facts).efa_cards


@pytest.mark.parametrize("name", sorted(CARDS))
def test_each_card_has_a_source_and_floors_below_its_ceilings(name: str) -> None:
    card = CARDS[name]
    assert card.source
    assert card.floors()["tflops"] < card.tflops
    assert set(card.floors()) <= set(MEASURES)


@given(nodes=st.integers(2, 64), efa=st.integers(1, 32))
def test_a_share_of_the_network_is_expected_of_a_share_of_the_cards(nodes: int, efa: int) -> None:
    floor = AcceptanceSpec.parse(on_gpu(nodes=nodes, efa=efa)).floors["all_reduce_gb_s"]
    assert floor == pytest.approx(300 * efa / 32, abs=0.1)


def test_a_deployment_waits_for_one_pod_on_each_node_with_every_card() -> None:
    """awslabs/ai-on-sagemaker-hyperpod#134, A8: a fallback to TCP is found before a run."""
    seen = declared(lambda: AcceptanceTest("accept", on_gpu()))
    spec = job(seen)
    assert (spec["completions"], spec["parallelism"], spec["backoffLimit"]) == (4, 4, 0)
    assert spec["completionMode"] == "Indexed"
    assert "ttlSecondsAfterFinished" not in spec
    limits = cast("Mapping[str, Mapping[str, str]]", container(seen)["resources"])["limits"]
    assert (limits["nvidia.com/gpu"], limits["vpc.amazonaws.com/efa"]) == ("8", "32")
    assert pod(seen)["nodeSelector"] == {"aifactory/pool": "gpu"}
    assert pod(seen)["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    environment = told(seen)
    assert environment["NCCL_DEBUG_SUBSYS"] == "INIT,NET"
    assert environment["FI_PROVIDER"] == "efa"
    assert (environment["NNODES"], environment["PROCESSES"]) == ("4", "8")
    (service,) = seen.of("kubernetes:core/v1:Service")
    name = cast("Mapping[str, str]", service.inputs["metadata"])["name"]
    assert environment["MASTER_ADDR"] == f"{name}-0.{name}"
    assert pod(seen)["subdomain"] == name
    assert json.loads(environment["ACCEPTANCE_SPEC"])["floors"]["tflops"] == 718.2


def test_the_lab_runs_the_same_component_without_cards() -> None:
    seen = declared(lambda: AcceptanceTest("accept", on_cpu(claim="shared")))
    environment = told(seen)
    assert "NCCL_DEBUG" not in environment
    assert environment["FILESYSTEM_DIR"] == "/shared"
    assert pod(seen)["tolerations"] == []
    limits = cast("Mapping[str, Mapping[str, str]]", container(seen)["resources"])["limits"]
    assert set(limits) == {"cpu", "memory"}


def test_no_key_of_a_store_is_needed_where_the_account_has_a_role() -> None:
    """B5: a file of credentials would come before the Pod Identity of the account."""
    record = {"environment": {"VAULT_BUCKET": "v", "VAULT_RETENTION_DAYS": "7"}, "signing_secret": "signing-key"}
    seen = declared(lambda: AcceptanceTest("accept", on_gpu(record=record, service_account="acceptance")))
    assert not [name for name in told(seen) if name.startswith("AWS_")]
    assert [one["name"] for one in cast("list[Mapping[str, str]]", pod(seen)["volumes"])] == [
        "tmp",
        "memory",
        "signing",
        "shared",
    ]
    assert pod(seen)["serviceAccountName"] == "acceptance"


def test_the_profile_of_the_vault_comes_from_a_file_without_a_key() -> None:
    """Programs name the vault by a profile: without the file there is none of that name."""
    record = {
        "environment": {"VAULT_BUCKET": "v", "VAULT_RETENTION_DAYS": "7"},
        "signing_secret": "signing-key",
        "stores_config": "stores-config",
    }
    seen = declared(lambda: AcceptanceTest("accept", on_gpu(record=record)))
    listed = cast("list[Mapping[str, Mapping[str, str]]]", pod(seen)["volumes"])
    assert {"name": "stores-config"} in [one.get("configMap") for one in listed]
    assert "stores-config" not in json.dumps([one for one in listed if "secret" in one])
    mounts = cast("list[Mapping[str, object]]", container(seen)["volumeMounts"])
    assert "stores" in {str(one["name"]) for one in mounts if one["readOnly"]}


def test_pods_are_restricted() -> None:
    seen = declared(lambda: AcceptanceTest("accept", on_gpu()))
    security = cast("Mapping[str, object]", pod(seen)["securityContext"])
    assert security["runAsNonRoot"] is True
    assert pod(seen)["automountServiceAccountToken"] is False
    assert cast("Mapping[str, object]", container(seen)["securityContext"])["capabilities"] == {"drop": ["ALL"]}
    mounts = cast("list[Mapping[str, object]]", container(seen)["volumeMounts"])
    assert {str(one["name"]) for one in mounts if one["readOnly"]} == {"signing", "stores"}


def test_another_pool_image_or_floor_is_another_test() -> None:
    spec = AcceptanceSpec.parse(on_gpu())
    digest = spec.digest(IMAGE)
    assert AcceptanceSpec.parse(on_gpu()).digest(IMAGE) == digest
    assert AcceptanceSpec.parse(on_gpu(nodes=5)).digest(IMAGE) != digest
    assert AcceptanceSpec.parse(on_gpu(floors={"tflops": 1})).digest(IMAGE) != digest
    assert spec.digest(IMAGE.replace("0" * 64, "1" * 64)) != digest


def told(seen: Recorder) -> dict[str, str]:
    listed = cast("list[Mapping[str, str]]", container(seen)["env"])
    return {one["name"]: one["value"] for one in listed if "value" in one}


REFUSED: list[tuple[Callable[[], AcceptanceTestArgs], str, object, str, str]] = [
    (lambda: on_gpu(pool="GPU"), "pool", "GPU", "at most 30", "gpu"),
    (lambda: on_gpu(nodes=0), "nodes", 0, "one node or more", "no test"),
    (lambda: on_gpu(nodes=1.5), "nodes", 1.5, "whole ones", "no test"),
    (lambda: on_gpu(node_labels={}), "node_labels", "", "found by their labels", "aifactory/pool"),
    (lambda: on_gpu(image="workloads:latest"), "image", "workloads:latest", "digest", "lock"),
    (lambda: on_gpu(efa=33), "efa", 33, "0 to 32", "set 32"),
    (lambda: on_cpu(efa=1), "efa", 1, "0 to 0", "set 0"),
    (lambda: on_gpu(floors={"tflop": 1.0}), "floors.tflop", 1.0, "something that is measured", "tflops"),
    (lambda: on_gpu(floors={"tflops": -1.0}), "floors.tflops", -1.0, "0 or more", "tflops"),
    (lambda: on_gpu(dcgm_level=5), "dcgm_level", 5, "from 1 to 4", "set 1"),
    (lambda: on_gpu(memory_gib=0), "memory_gib", 0, "from 1", "set 1"),
    (lambda: on_gpu(seconds=10), "seconds", 10, "from 60", "set 60"),
    (lambda: on_gpu(cpu=0), "cpu", 0, "more than 0 cores", "set 1"),
    (
        lambda: on_gpu(record={"environment": {"VAULT_BUCKET": "v"}, "signing_secret": "s"}),
        "record.environment",
        "VAULT_RETENTION_DAYS",
        "in the vault",
        "VAULT_BUCKET",
    ),
]


@pytest.mark.parametrize(("change", "path", "value", "rule", "remedy"), REFUSED)
def test_what_an_acceptance_test_refuses(
    change: Callable[[], AcceptanceTestArgs], path: str, value: object, rule: str, remedy: str
) -> None:
    found = violations(change())[path]
    assert found.value == value
    assert rule in found.rule
    assert remedy in found.remedy
