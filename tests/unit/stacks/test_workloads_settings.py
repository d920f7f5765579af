"""Node ports of the layer workloads, and which key an argument is set by."""

import pytest

from components.faults import Fault, SpecError
from stacks.keys import with_keys
from stacks.settings import Reader, WorkloadsSettings

VALUES = {
    "recipe": "lab",
    "imagesLock": "/lock.json",
    "storesFolder": "/stores",
    "callersFile": "/callers.json",
    "signingKeyFile": "/key.pem",
    "servingNodePort": "30080",
    "mlflowNodePort": "30500",
}


def faults(**changed: str) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        WorkloadsSettings.read(Reader("lab.workloads", {**VALUES, **changed}))
    return {fault.path: str(fault) for fault in caught.value.faults}


@pytest.mark.parametrize("port", ["1", "0", "-1", "29999", "32768", "30080.0", "", "port", "030080 "])
def test_node_port_1_is_refused(port: str) -> None:
    for key in ("servingNodePort", "mlflowNodePort"):
        said = faults(**{key: port})
        assert list(said) == [f"aifactory:{key}"]
        assert "a node port is one of 30000 to 32767" in said[f"aifactory:{key}"]


def test_two_services_on_one_node_port_are_refused() -> None:
    assert list(faults(mlflowNodePort="30080")) == ["aifactory:mlflowNodePort"]


def test_the_ends_of_the_range_are_node_ports() -> None:
    read = WorkloadsSettings.read(
        Reader("lab.workloads", {**VALUES, "servingNodePort": "30000", "mlflowNodePort": "32767"})
    )
    assert (read.serving_node_port, read.mlflow_node_port) == (30000, 32767)


def test_an_argument_is_said_with_the_key_that_sets_it() -> None:
    error = SpecError("GpuPool", (Fault("nodes", -1, "a pool has 0 nodes or more"),))
    assert str(with_keys(error)).endswith("a pool has 0 nodes or more; it is set by aifactory:gpuNodes")
    other = SpecError("Elsewhere", (Fault("nodes", -1, "a rule", "a remedy"),))
    assert str(with_keys(other)) == str(other)
