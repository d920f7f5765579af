"""Why a stage's pods ended, said as its reader can act on it."""

import pytest

from cli.pods import endings
from host.documents import Values


def pod(status: Values) -> Values:
    container = {"name": "main", "resources": {"limits": {"memory": "2Gi"}}}
    return {"spec": {"containers": [container]}, "status": status}


@pytest.mark.parametrize("state", ["state", "lastState"])
def test_a_pod_that_took_too_much_memory_names_the_recipes_key(state: str) -> None:
    killed = {"name": "main", state: {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}
    (output,) = endings("train", {"items": [pod({"phase": "Failed", "containerStatuses": [killed]})]})
    assert "2Gi" in output
    assert "resources.train.memory_gib" in output


def test_an_evicted_pod_says_what_the_node_lacked() -> None:
    status: Values = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: nodefs."}
    assert list(endings("train", {"items": [pod(status)]})) == ["Evicted: The node was low on resource: nodefs."]


def test_a_program_that_failed_speaks_for_itself() -> None:
    failed = {"name": "main", "state": {"terminated": {"reason": "Error", "exitCode": 3}}}
    assert list(endings("train", {"items": [pod({"containerStatuses": [failed]})]})) == []
