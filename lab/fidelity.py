"""Writes docs/fidelity.md: each resource type that the factory declares, and how real it is in the lab.

Types are read from the components' sources, facts from the plugins' tables: neither can be forgotten.
"""

import ast
import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.object_store.resources import ACCOUNT, BUCKET, OBJECT
from host.cache import REPOSITORY
from lab.plugins.aws.provider import TYPES

SOURCES = ("components", "stacks", "workloads")
SDKS = ("pulumi_aws", "pulumi_kubernetes")
# A CustomResource has the type of the object that it names.
WORKFLOW = "kubernetes:argoproj.io/v1alpha1:Workflow"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
HEAD = """# How real the lab is

Written by `python -m lab.fidelity > docs/fidelity.md`; a test holds it to the sources. *Real*: the thing itself runs.
*moto*: AWS's control plane answers as AWS does, and nothing stands behind it. *Simulated*: behind moto's answer stand nodes
on which the real scheduler places pods that never end. *Recorded*: in Pulumi's state alone; what may be declared is decided
by the types of `pulumi_aws`, and what AWS would answer has the right form and means nothing. Of the types that are moto's, inputs
that moto has no use for are recorded in the same way.
Types of Kubernetes are served by Pulumi's official plugin, downloaded or built (`toolchain/pulumi-kubernetes`).
`lab/plugins/aws` stands in for the official plugin of AWS, beside an official engine too: that plugin asks AWS for more than moto
answers. An environment at AWS with an official engine has the official plugin, which was not tested.

| type | in the lab | by |
|---|---|---|
"""


@dataclass(frozen=True, order=True, slots=True)
class Declared:
    """A type and what becomes of it in the lab."""

    kind: str
    how: str
    plugin: str


def declared() -> list[Declared]:
    """Every type that a component or a layer declares, in order."""
    kinds = {kind for name in SOURCES for path in (REPOSITORY / name).rglob("*.py") for kind in _kinds(path)}
    return sorted(_judged(kind) for kind in {*kinds, ACCOUNT, BUCKET, OBJECT, WORKFLOW})


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"| `{one.kind}` | {one.how} | {one.plugin} |\n" for one in declared())


def _judged(kind: str) -> Declared:
    if kind.startswith("kubernetes:"):
        return Declared(kind, "real", "the official plugin, on the lab's own Kubernetes")
    if kind in (ACCOUNT, BUCKET, OBJECT):
        return Declared(kind, "real", "`pulumi_plugin/object_store`, on MinIO")
    if kind == NODE_GROUP:
        return Declared(kind, "simulated", "`lab/plugins/aws`, `lab/node_groups`, kwok")
    return Declared(kind, "moto" if kind in TYPES else "recorded", "`lab/plugins/aws`")


def _kinds(path: Path) -> Iterator[str]:
    """Types of the resource classes of the two SDKs that a module calls."""
    tree = ast.parse(path.read_text())
    roots = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in SDKS
        for alias in node.names
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
    return kind if isinstance(kind, str) and kind.count(":") == 2 else ""


if __name__ == "__main__":
    sys.stdout.write(page())
