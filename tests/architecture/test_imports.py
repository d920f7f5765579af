"""The direction of imports: who may know whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Package -> packages of the project that its modules may import.
ALLOWED = {
    "components": {"components"},
    "policies": {"policies"},
    "workloads": {"workloads", "components"},
    "stacks": {"stacks", "components", "workloads"},
    "lab": {"lab", "components", "workloads"},
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_package_imports_only_what_it_may(package: str) -> None:
    faults = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / package).rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] in ALLOWED and name.partition(".")[0] not in ALLOWED[package]
    ]
    assert faults == []


def test_code_in_containers_imports_neither_pulumi_nor_its_deployment() -> None:
    faults = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "workloads").glob("*/app/*.py")
        for name in imported(path)
        if name.startswith(("pulumi", "components")) or (name.startswith("workloads.") and ".app" not in name)
    ]
    assert faults == []


def test_specs_are_pure() -> None:
    faults = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in [*(ROOT / "components").glob("*/spec.py"), *(ROOT / "workloads").glob("*/spec.py")]
        for name in imported(path)
        if name.startswith(("pulumi", "boto3"))
    ]
    assert faults == []


def test_a_site_needs_nothing_that_the_lab_embeds() -> None:
    embedded = ("lab.node", "lab.services", "lab.images", "lab.addons", "lab.debian", "lab.factory")
    faults = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "lab" / "site").glob("*.py")
        for name in imported(path)
        if name.startswith(embedded)
    ]
    assert faults == []
