"""What the engine is asked beside inputs: on what a resource depends, and whether it is protected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast
from unittest import mock

import pulumi
from pulumi.runtime.mocks import MockMonitor

from tests.unit.components.recorder import Recorder, declared


class OnAws(Recorder):
    """Also gives what only AWS knows and components read."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        identity, state = super().new_resource(args)
        return identity, {
            "name": args.name,
            **state,
            "latestVersion": 1,
            "certificateAuthority": {"data": "QQ=="},
            "endpoint": "https://api.example",
            "externalId": "external",
            "repositoryUrl": "123456789012.dkr.ecr.us-east-1.amazonaws.com/it",
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """One resource as the engine was asked for it."""

    depends_on: frozenset[str]
    """Type and name of the resources that have to be there first, and that are destroyed after it."""
    parent: str
    """Type and name of what it is part of, which is there before it too; "" for the stack's own."""
    provider: str
    """Type and name of the provider that makes it; "" for the default one."""
    protected: bool


@dataclass(frozen=True, slots=True)
class Requests:
    """All that a program declared."""

    recorded: Recorder
    asked: Mapping[str, Asked]
    """By type and name, e.g. `aws:eks/cluster:Cluster cluster-eks`."""

    def inputs(self, kind: str, name: str) -> Mapping[str, object]:
        """Inputs of the resource of a type and a name."""
        return next(one.inputs for one in self.recorded.of(kind) if one.name == name)

    def waits_for(self, name: str) -> set[str]:
        """Names of all resources that have to be there before any resource of this name."""
        found: set[str] = set()
        left = {key for key in self.asked if _name(key) == name}
        while left:
            left = {one for key in left for one in self._first(key) if one not in found}
            found |= left
        return {_name(key) for key in found}

    def _first(self, key: str) -> frozenset[str]:
        """A part of a component is made after the component, and with that after all that the component depends on; everything
        is made, and destroyed, by a provider that is there.
        """
        one = self.asked.get(key)
        return one.depends_on | ({one.parent, one.provider} - {""}) if one else frozenset()


class _Request(Protocol):
    """The parts that are read of the engine's own RegisterResourceRequest."""

    type: str
    name: str
    parent: str
    provider: str
    dependencies: Sequence[str]
    protect: bool


def requested(program: Callable[[], object], *, preview: bool = False) -> Requests:
    """What a program declares, with dependencies."""
    asked: dict[str, Asked] = {}
    register = cast("Callable[[MockMonitor, _Request], object]", MockMonitor.RegisterResource)

    def note(monitor: MockMonitor, request: _Request) -> object:
        # Whether it is asked for depends on what ran before in the process.
        if request.type == "pulumi:pulumi:Stack":
            return register(monitor, request)
        asked[f"{request.type} {request.name}"] = Asked(
            depends_on=frozenset(map(_key, request.dependencies)),
            parent=_key(request.parent) if request.parent else "",
            provider=_key(request.provider.rpartition("::")[0]) if request.provider else "",
            protected=request.protect,
        )
        return register(monitor, request)

    with mock.patch.object(MockMonitor, "RegisterResource", note):
        recorded = declared(program, OnAws(), preview=preview)
    return Requests(recorded, asked)


def _key(urn: str) -> str:
    """`urn:pulumi:stack::project::parent$type::name` -> `type name`."""
    *_, kind, name = urn.split("::")
    return f"{kind.rsplit('$', 1)[-1]} {name}"


def _name(key: str) -> str:
    return key.split(" ", 1)[1]
