"""Node ports of the layer workloads, and which key an argument is set by."""

import pytest

from components.violations import SpecError, Violation
from stacks.keys import with_keys
from stacks.settings import Reader, WorkloadsSettings

VALUES = {
    "recipe": "lab",
    "imagesLock": "/lock.json",
    "storesFolder": "/stores",
    "callersFile": "/callers.json",
    "signingKeyFile": "/key.pem",
    "servingNodePort": "30080",
}


def violations(**changed: str) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        WorkloadsSettings.read(Reader("lab.workloads", {**VALUES, **changed}))
    return {violation.path: str(violation) for violation in caught.value.violations}


@pytest.mark.parametrize("port", ["1", "0", "-1", "29999", "32768", "30080.0", "", "port", "030080 "])
def test_node_port_1_is_refused(port: str) -> None:
    output = violations(servingNodePort=port)
    assert list(output) == ["aifactory:servingNodePort"]
    assert "a node port is one of 30000 to 32767" in output["aifactory:servingNodePort"]


@pytest.mark.parametrize("port", [30000, 32767])
def test_the_ends_of_the_range_are_node_ports(port: int) -> None:
    read = WorkloadsSettings.read(Reader("lab.workloads", {**VALUES, "servingNodePort": str(port)}))
    assert read.serving_node_port == port


def test_an_argument_is_said_with_the_key_that_sets_it() -> None:
    error = SpecError("GpuPool", (Violation("nodes", -1, "a pool has 0 nodes or more"),))
    assert str(with_keys(error)).endswith("a pool has 0 nodes or more; it is set by aifactory:gpuNodes")
    other = SpecError("Elsewhere", (Violation("nodes", -1, "a rule", "a remedy"),))
    assert str(with_keys(other)) == str(other)


def test_a_test_of_no_nodes_is_none() -> None:
    output = violations(acceptance='{"seconds": 600}')
    assert list(output) == ["aifactory:acceptance.nodes"]
    assert WorkloadsSettings.read(Reader("lab.workloads", VALUES)).acceptance == {}


def test_an_acceptance_test_without_images_is_refused() -> None:
    assert list(violations(imagesLock="", acceptance='{"nodes": 1}')) == ["aifactory:imagesLock"]
