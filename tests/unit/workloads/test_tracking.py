"""How MLflow stands in the cluster, as the engine is asked for it."""

from host.documents import mapping, sequence
from tests.unit.components.recorder import declared
from workloads.tracking.component import Tracking


def test_mlflow_stood_on_a_node_port_and_asked_nobody_for_a_login() -> None:
    seen = declared(lambda: Tracking("tracking", {"namespace": "factory", "image": "sha256:0", "claim": "shared"})).seen
    (service,) = (mapping(one.inputs["spec"]) for one in seen if one.kind == "kubernetes:core/v1:Service")
    assert service["type"] == "ClusterIP"
    assert [set(mapping(port)) & {"nodePort"} for port in sequence(service["ports"])] == [set()]
