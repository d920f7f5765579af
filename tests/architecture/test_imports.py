"""The direction of imports; import-linter's contracts in pyproject.toml hold it, also through other modules."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 400


def loaded(module: str) -> set[str]:
    """Packages of the project that a fresh interpreter loads with a module."""
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["cli.__main__", "cli.existing.operations"])
def test_a_site_loads_nothing_that_only_one_machine_embeds(module: str) -> None:
    assert loaded(module) & {"lab", "image_build", "moto", "supervisor", "benchmarks"} == set()


def test_no_file_has_grown_beyond_what_one_reads_at_once() -> None:
    folders = ("benchmarks", "cli", "components", "host", "image_build", "lab", "policies", "pulumi_plugin", "stacks")
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in (*folders, "toolchain", "workloads")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > LIMIT
    }
    assert long == {}
