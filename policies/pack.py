"""Every rule of the pack: one in each module of `policies.rules`."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from policies import rules
from policies.rule import ResourceRule, Rule, StackRule

NAME = "aifactory"


def _found() -> Iterator[Rule]:
    for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}."):
        rule: object = getattr(importlib.import_module(module.name), "RULE", None)
        if isinstance(rule, ResourceRule | StackRule):
            yield rule


RULES: Mapping[str, Rule] = {rule.id: rule for rule in _found()}
"""Every rule by its id."""


def pack_of(rule: Rule) -> str:
    """The pack of a rule, which is the folder of its module."""
    check = rule.check if isinstance(rule, ResourceRule | StackRule) else None
    return check.__module__.split(".")[2] if check else ""
