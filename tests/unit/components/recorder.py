"""The engine's place in a test of what a component declares: strict, recording, starting nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import pulumi
from pulumi.runtime.settings import get_root_resource


@dataclass(frozen=True, slots=True)
class Recorded:
    """One resource as the engine was asked for it."""

    name: str
    kind: str
    inputs: Mapping[str, object]


# What only AWS says, and programs look into.
COMPUTED: Mapping[str, Mapping[str, object]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:ecr/repository:Repository": {"repositoryUrl": "123456789012.dkr.ecr.us-east-1.amazonaws.com/it"},
    "aws:eks/cluster:Cluster": {"certificateAuthority": {"data": "QQ=="}, "endpoint": "https://x"},
    "aws:eks/nodeGroup:NodeGroup": {"resources": [{"autoscalingGroups": [{"name": "eks-nodes"}]}]},
}


@dataclass(slots=True)
class Recorder(pulumi.runtime.Mocks):
    """Strict: what it was not told of is refused, so that nothing is looked up behind a test's back."""

    seen: list[Recorded] = field(default_factory=list[Recorded])

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        inputs = cast("dict[str, object]", args.inputs)
        self.seen.append(Recorded(args.name, args.typ, dict(inputs)))
        return f"{args.name}-id", {
            **inputs,
            "arn": f"arn:aws:test:us-east-1:123456789012:{args.name}",
            **COMPUTED.get(args.typ, {}),
        }

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        raise AssertionError(f"a component asked for {args.token}")

    def inputs(self) -> dict[str, Mapping[str, object]]:
        """Inputs of each resource by its name."""
        return {one.name: one.inputs for one in self.seen}

    def of(self, kind: str) -> list[Recorded]:
        """Every resource of a type, e.g. `aws:ec2/subnet:Subnet`, in the order of their declaration."""
        return [one for one in self.seen if one.kind == kind]

    def kinds(self) -> dict[str, str]:
        """Type of each resource by its name."""
        return {one.name: one.kind for one in self.seen}


def declared(program: Callable[[], object], recorder: Recorder | None = None, *, preview: bool = False) -> Recorder:
    """What a program declares, as the engine would see it; in a preview ids and ARNs of new resources are unknown."""
    recorder = recorder or Recorder()
    # Transformations are the root resource's, which all programs of a process share: those of one before are not this one's.
    if root := get_root_resource():
        setattr(root, "_transformations", [])  # noqa: B010 - it has no other way
    pulumi.runtime.set_mocks(recorder, preview=preview)

    def run() -> None:
        program()

    cast("Callable[[Callable[[], None]], Callable[[], None]]", pulumi.runtime.test)(run)()
    return recorder
