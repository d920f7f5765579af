"""Writes docs/fidelity.md: each resource type that the factory declares, and how real it is in the lab.

Types are read from the components' sources, facts from the plugins' tables: neither can be forgotten.
"""

import sys
from dataclasses import dataclass

from components.declared import kinds
from components.object_store.resources import ACCOUNT, BUCKET, OBJECT
from host.cache import REPOSITORY
from lab.plugins.aws.provider import TYPES

SOURCES = ("components", "stacks", "workloads")
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
    found = {kind for name in SOURCES for path in (REPOSITORY / name).rglob("*.py") for kind in kinds(path)}
    return sorted(_judged(kind) for kind in {*found, ACCOUNT, BUCKET, OBJECT, WORKFLOW})


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


if __name__ == "__main__":
    sys.stdout.write(page())
