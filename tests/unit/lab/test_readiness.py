"""When a Deployment counts as ready, and when it never will be."""

import pytest

from host.documents import Values
from lab.plugins.kubernetes.readiness import JUDGES
from pulumi_plugin.server import PluginError


def deployment(observed: int, available: int, reason: str) -> Values:
    return {
        "metadata": {"generation": 2},
        "spec": {"replicas": 1},
        "status": {
            "observedGeneration": observed,
            "replicas": 1,
            "updatedReplicas": 1,
            "availableReplicas": available,
            "conditions": [{"type": "Progressing", "reason": reason}],
        },
    }


def test_the_status_of_the_rollout_before_says_nothing() -> None:
    assert not JUDGES["Deployment"](deployment(1, 1, "ProgressDeadlineExceeded"))


def test_a_rollout_that_made_no_progress_is_a_fault() -> None:
    with pytest.raises(PluginError, match="no progress"):
        JUDGES["Deployment"](deployment(2, 0, "ProgressDeadlineExceeded"))


def test_an_available_deployment_is_ready() -> None:
    assert JUDGES["Deployment"](deployment(2, 1, "NewReplicaSetAvailable"))
