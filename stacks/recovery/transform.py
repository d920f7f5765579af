"""Gives every AWS resource of a program its owner's tags."""

from collections.abc import Mapping
from typing import cast

import pulumi

from stacks.recovery.tags import Owner


class Tagging:
    """A transformation of all resources of a program. It knows each one's URN before the engine does."""

    def __init__(self, stack: str, project: str) -> None:
        self._root = f"urn:pulumi:{stack}::{project}::"
        # Resource -> the types that its children's URNs begin with. Resources live as long as the program.
        self._types: dict[pulumi.Resource, str] = {}

    def __call__(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        parents = self._types.get(args.opts.parent, "") if args.opts.parent else ""
        kinds = f"{parents}${args.type_}" if parents else args.type_
        self._types[args.resource] = kinds
        props = cast("Mapping[str, object]", args.props)
        # Only a type that can carry tags has the argument.
        if not args.type_.startswith("aws:") or "tags" not in props:
            return None
        owned = Owner(f"{self._root}{kinds}::{args.name}").tags()
        tags = pulumi.Output.from_input(cast("pulumi.Input[dict[str, str] | None]", props["tags"]))
        merged = tags.apply(lambda own: {**(own or {}), **owned}) if props["tags"] else owned
        return pulumi.ResourceTransformationResult({**props, "tags": merged}, args.opts)


def register() -> None:
    """Tags every AWS resource that this program declares from here on."""
    pulumi.runtime.register_stack_transformation(Tagging(pulumi.get_stack(), pulumi.get_project()))
