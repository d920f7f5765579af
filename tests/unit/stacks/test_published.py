"""A contract of another age or form is refused by name, and one of an earlier age is read."""

import json

import pytest

from components.violations import SpecError
from stacks.gpu_node import GpuNode
from stacks.published import PlatformFields, VaultFields, fields
from stacks.settings import StackName, Store

PLATFORM, VAULT = StackName("lab", "platform"), StackName("lab", "vault")
STORE = {"bucket": "b", "endpoint": "https://s3.example.org", "profile": "p"}
CONTRACT = {
    "version": 1,
    "namespace": "aifactory",
    "kubeconfig": "/k",
    "claim": "shared",
    "objects": STORE,
    "gpu_instance_type": "p5.48xlarge",
    "gpu_nodes": 4.0,
    "gpu_node_labels": {"pool": "gpu"},
}


def refused(values: object) -> str:
    with pytest.raises(SpecError) as caught:
        fields(PlatformFields, PLATFORM, "b/contracts/lab.platform.json", json.dumps(values).encode())
    (violation,) = caught.value.violations
    assert violation.remedy == "deploy lab.platform again"
    return str(violation)


def test_a_contract_is_read_with_what_a_later_age_added() -> None:
    body = json.dumps({**CONTRACT, "gpu_node": {"gpus": 8.0, "arm": False, "colour": "red"}, "more": 1}).encode()
    found = fields(PlatformFields, PLATFORM, "", body)
    assert found.get("gpu_node") == GpuNode(gpus=8, arm=False)
    assert (found["gpu_nodes"], found["objects"]) == (4, Store(**STORE))


def test_a_contract_of_an_earlier_age_says_nothing_of_its_nodes() -> None:
    assert "gpu_node" not in fields(PlatformFields, PLATFORM, "", json.dumps(CONTRACT).encode())


def test_pools_are_read_as_they_were_published() -> None:
    pool = {
        "name": "gpu",
        "labels": {"pool": "gpu"},
        "taints": ["nvidia.com/gpu"],
        "zones": ["us-east-1a"],
        "nodes": 4.0,
        "nodes_key": "aifactory:gpuNodes",
        "type_key": "aifactory:gpuInstanceType",
        "gpus": 8.0,
    }
    found = fields(PlatformFields, PLATFORM, "", json.dumps({**CONTRACT, "pools": [pool]}).encode())
    assert "pools" in found
    (read,) = found["pools"]
    assert (read.nodes, read.gpus, read.millicores) == (4, 8, None)
    assert (read.taints, read.zones, dict(read.labels)) == (("nvidia.com/gpu",), ("us-east-1a",), {"pool": "gpu"})
    assert hash(read)


def test_a_contract_of_an_earlier_age_says_nothing_of_its_pools() -> None:
    assert "pools" not in fields(PlatformFields, PLATFORM, "", json.dumps(CONTRACT).encode())


def test_a_vault_is_read() -> None:
    values = {"version": 1, "vault": STORE, "offsite": STORE, "retention_days": 30}
    assert fields(VaultFields, VAULT, "", json.dumps(values).encode())["retention_days"] == 30


def test_another_version_is_named() -> None:
    assert "it has version 2, this program reads version 1" in refused({**CONTRACT, "version": 2})
    assert "it has version None" in refused([])


def test_every_field_of_another_form_is_named_at_once() -> None:
    output = refused({**CONTRACT, "gpu_nodes": "many", "objects": {"bucket": 1}, "claim": None})
    assert all(name in output for name in ("gpu_nodes", "objects.bucket", "objects.endpoint", "claim"))


def test_what_is_no_json_is_named() -> None:
    with pytest.raises(SpecError, match=r"is JSON; deploy lab\.vault again"):
        fields(VaultFields, VAULT, "b/k", b"{")
