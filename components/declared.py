"""Which resource types a module declares, read from its source: every call of a resource class of the two SDKs."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

SDKS = ("pulumi_aws", "pulumi_kubernetes")


def kinds(path: Path) -> Iterator[str]:
    """Type tokens of the resource classes that a module calls, e.g. `aws:ec2/vpc:Vpc`."""
    tree = ast.parse(path.read_text())
    roots = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in SDKS
        for alias in node.names
    }
    roots |= {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in SDKS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            parts = ast.unparse(node.func).split(".")
            if parts[0] in roots:
                found = _type_of([*roots[parts[0]].split("."), *parts[1:]])
                if found:
                    yield found


def _type_of(parts: list[str]) -> str:
    """The type token of the class at a dotted path; "" where it is no resource."""
    found: object = importlib.import_module(parts[0])
    # Through attributes: the SDKs load their modules at the first access.
    for part in parts[1:]:
        found = getattr(found, part, None)
    kind = getattr(found, "pulumi_type", "")
    return kind if isinstance(kind, str) and kind.count(":") == 2 and not kind.startswith("pulumi:") else ""
