"""The tags by which a thing in AWS says which stack and which resource it belongs to."""

from dataclasses import dataclass
from typing import Self

STACK = "aifactory:stack"
RESOURCE = "aifactory:resource"


@dataclass(frozen=True, slots=True)
class Owner:
    """A resource of a stack.

    A name of a stack belongs to one state: two states that share an account name their stacks or projects differently.
    """

    urn: str

    @property
    def stack(self) -> str:
        """`<project>/<stack>`."""
        stack, project = self.urn.removeprefix("urn:pulumi:").split("::")[:2]
        return f"{project}/{stack}"

    def tags(self) -> dict[str, str]:
        """What the thing carries. The URN's `$` is no character of a tag in every service of AWS; `+` is, and is in no type."""
        kind, _, name = self.urn.split("::", 2)[2].partition("::")
        return {STACK: self.stack, RESOURCE: f"{kind.replace('$', '+')}::{name}"}

    @classmethod
    def of(cls, tags: dict[str, str]) -> Self | None:
        """Whose thing it is; None where it is not one of ours."""
        project, _, stack = tags.get(STACK, "").partition("/")
        kind, apart, name = tags.get(RESOURCE, "").partition("::")
        if not (stack and apart):
            return None
        return cls(f"urn:pulumi:{stack}::{project}::{kind.replace('+', '$')}::{name}")
