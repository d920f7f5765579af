"""The ways to what a factory serves."""

import sys
from pathlib import Path

from cli.serving import Endpoints

# Stands for kubectl: says what it was asked for, and fails where the API server is said to refuse.
KUBECTL = """
import sys
asked = sys.argv[sys.argv.index("--raw") + 1]
if "refuse" in sys.argv:
    sys.exit("first line\\nError from server (ServiceUnavailable): no endpoints available")
expected = "/api/v1/namespaces/factory/services/mlflow:5000/proxy/health"
sys.exit(0 if asked == expected else f"asked for {asked}")
"""


def endpoints(folder: Path, *options: str) -> Endpoints:
    program = folder / "kubectl.py"
    program.write_text(KUBECTL)
    return Endpoints(model="http://127.0.0.1:1", key="", kubectl=(sys.executable, program, *options))


def test_mlflow_is_asked_through_the_api_server(tmp_path: Path) -> None:
    assert endpoints(tmp_path).mlflow_violation() == ""


def test_why_mlflow_does_not_answer_is_one_line(tmp_path: Path) -> None:
    output = endpoints(tmp_path, "refuse").mlflow_violation()
    assert output == "Error from server (ServiceUnavailable): no endpoints available"


def test_the_way_to_mlflow_is_a_command_that_a_shell_takes(tmp_path: Path) -> None:
    found = Endpoints(model="", key="", kubectl=("kubectl", "--kubeconfig", tmp_path / "a file"))
    assert found.mlflow == (
        f"kubectl --kubeconfig '{tmp_path}/a file' --namespace factory port-forward service/mlflow 5000"
    )
