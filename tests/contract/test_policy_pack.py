"""The pack as the engine enforces it: a preview that breaks a rule fails and names the rule, the place and the remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.home import REPOSITORY
from lab.project import PLUGINS, POLICED
from lab.toolchain.install import Toolchain

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

container = {{"name": "main", "image": "{image}", "env": [{{"name": "{variable}", "value": "hunter2"}}]}}
k8s.core.v1.Pod("pod", spec={{"containers": [container]}}, metadata={{"namespace": "factory"}})
"""
DIGEST = "localhost/image@sha256:" + "0" * 64


def preview(folder: Path, image: str, variable: str) -> subprocess.CompletedProcess[str]:
    (folder / "Pulumi.yaml").write_text("name: judged\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM.format(image=image, variable=variable))
    pulumi = Toolchain().path("pulumi")
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(PLUGINS), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "AIFACTORY_PYTHON": sys.executable,
        "PYTHONPATH": str(REPOSITORY),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "PULUMI_CONFIG_PASSPHRASE": "of a test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    command = [str(pulumi), "preview", "--non-interactive", "--color=never", "--stack", "dev", *POLICED]
    subprocess.run([str(pulumi), "stack", "init", "dev"], cwd=folder, env=environment, check=True, capture_output=True)
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def test_what_keeps_the_rules_passes(tmp_path: Path) -> None:
    done = preview(tmp_path, DIGEST, "COLOUR")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("image", "variable", "rule"),
    [("image:latest", "COLOUR", "workload-image-digest"), (DIGEST, "DB_PASSWORD", "workload-no-plain-secret")],
)
def test_what_breaks_a_rule_fails_the_preview(tmp_path: Path, image: str, variable: str, rule: str) -> None:
    done = preview(tmp_path, image, variable)
    assert done.returncode != 0
    assert rule in done.stdout
    assert "[mandatory]" in done.stdout
