"""Controls of others that touch our types, with the rules here that answer them: what `controls.yaml` says."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from policies.resource import mapping, sequence, text

FILE = Path(__file__).with_name("controls.yaml")


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlGroup:
    """Controls that ask for one thing."""

    about: str
    controls: tuple[str, ...]
    """Ids of their owner; `A to B` stands for a range."""
    rules: tuple[str, ...] = ()
    """Ids of the rules here that answer them."""
    none: str = ""
    """Why no rule does; "" where one does."""
    note: str = ""
    """What the rules leave out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlSource:
    """A list of controls."""

    name: str
    title: str
    edition: str
    """Which edition of it was read."""
    groups: tuple[ControlGroup, ...]

    @property
    def controls(self) -> tuple[str, ...]:
        """All of its ids."""
        return tuple(control for group in self.groups for control in group.controls)


def sources() -> Iterator[ControlSource]:
    """The lists of `controls.yaml`, in its order."""
    document = mapping(cast("object", yaml.safe_load(FILE.read_text())))
    for name, source in document.items():
        yield ControlSource(
            name=name,
            title=text(mapping(source).get("title")),
            edition=text(mapping(source).get("edition")),
            groups=tuple(_group(one) for one in sequence(mapping(source).get("groups"))),
        )


def _group(given: object) -> ControlGroup:
    values = mapping(given)
    return ControlGroup(
        about=text(values.get("about")),
        controls=tuple(text(one) for one in sequence(values.get("controls"))),
        rules=tuple(text(one) for one in sequence(values.get("rules"))),
        none=text(values.get("none")),
        note=text(values.get("note")),
    )
