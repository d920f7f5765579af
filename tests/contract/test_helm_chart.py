"""A Helm chart from a local folder, as the platform installs them: rendered and applied by the official plugin."""

import json
import secrets
from pathlib import Path

import pytest

from host.documents import mapping
from tests.support.control_plane import ControlPlane
from tests.support.engine import Stack

CHART = Path(__file__).parent / "charts" / "greeting"
PROGRAM = """
import json
import pulumi
from pulumi_kubernetes import Provider, helm

given = json.load(open("given.json"))
helm.v4.Chart(
    "greeting",
    chart=given["chart"],
    namespace=given["namespace"],
    values=given["values"],
    opts=pulumi.ResourceOptions(provider=Provider("cluster", kubeconfig=given["kubeconfig"])),
)
"""


@pytest.fixture
def namespace(cluster: ControlPlane) -> str:
    return cluster.namespace(f"chart-{secrets.token_hex(3)}")


def declare(stack: Stack, cluster: ControlPlane, namespace: str, **values: object) -> None:
    given = {
        "chart": str(CHART),
        "namespace": namespace,
        "values": values,
        "kubeconfig": str(cluster.kubeconfig),
    }
    (stack.folder / "given.json").write_text(json.dumps(given))


def test_a_chart_from_a_folder_is_installed_changed_and_removed(
    cluster: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps/greeting"
    stack = Stack(folder=tmp_path)
    stack.program(PROGRAM)
    declare(stack, cluster, namespace)
    stack.init()
    stack.up()
    assert cluster.get(path)["data"] == {"greeting": "hello"}
    assert mapping(cluster.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/greeting")["spec"])["replicas"] == 0
    assert set(stack.up()) == {"same"}
    declare(stack, cluster, namespace, greeting="good day")
    assert stack.up()["replace"] == 1
    assert cluster.get(path)["data"] == {"greeting": "good day"}
    stack.succeeds("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert cluster.api.get(path) is None
