"""Judges resources by the rules that are about them, and says for each violation what it does to the deployment."""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from policies import secrets
from policies.config import Exemption, RuleConfig
from policies.resource import PolicyResource, Stack
from policies.rule import Finding, Level, ResourceRule, Rule, StackRule, Undecided, Violation
from policies.types import CONTROLLERS

HIDDEN = "(not shown: it looks like a secret)"
IN_UPDATE = "is known only in the update, which judges again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One thing that is said of a resource or a stack by a rule."""

    rule: Rule
    level: Level
    message: str
    urn: str = ""


@dataclass(slots=True)
class Judge:
    """Rules, indexed by the types that they are about."""

    rules: tuple[Rule, ...]
    today: Callable[[], date] = date.today
    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])
    """Level by rule, where it is not the rule's own."""
    configs: Mapping[str, RuleConfig] = field(default_factory=dict[str, RuleConfig])
    unknown: str = IN_UPDATE
    """Of a value that is not known: why, and what to do."""
    _by_kind: dict[str, list[ResourceRule]] = field(default_factory=dict[str, list[ResourceRule]], init=False)

    def level(self, rule: Rule) -> Level:
        """What breaking a rule does."""
        return self.levels.get(rule.id, rule.level)

    def resource(self, resource: PolicyResource) -> Iterator[Outcome]:
        """What every rule about its type says of a resource."""
        for rule in self._about(resource.kind):
            if self.level(rule) is not Level.DISABLED:
                config = self.configs.get(rule.id, RuleConfig())
                findings = _safely(rule, lambda rule=rule, config=config: rule.check(resource, config.settings))
                yield from self._outcomes(rule, config, findings, lambda urn: resource)

    def stack(self, stack: Stack) -> Iterator[Outcome]:
        """What every rule of whole stacks says."""
        by_urn = {one.urn: one for one in stack.resources}
        for rule in self.rules:
            if isinstance(rule, StackRule) and self.level(rule) is not Level.DISABLED:
                config = self.configs.get(rule.id, RuleConfig())
                findings = _safely(rule, lambda rule=rule, config=config: rule.check(stack, config.settings))
                yield from self._outcomes(rule, config, findings, by_urn.get)

    def _about(self, kind: str) -> list[ResourceRule]:
        if kind not in self._by_kind:
            self._by_kind[kind] = [one for one in self.rules if isinstance(one, ResourceRule) and one.judges(kind)]
        return self._by_kind[kind]

    def _outcomes(
        self,
        rule: Rule,
        config: RuleConfig,
        findings: Iterable[Finding],
        resource_of: Callable[[str], PolicyResource | None],
    ) -> Iterator[Outcome]:
        undecided: dict[str, list[str]] = {}
        for finding in findings:
            if isinstance(finding, Undecided):
                undecided.setdefault(finding.urn, []).append(finding.key)
            else:
                level, message = self._judged(rule, config, finding, resource_of(finding.urn))
                yield Outcome(rule=rule, level=level, message=message, urn=finding.urn)
        for urn, keys in undecided.items():
            message = f"cannot be judged yet: {', '.join(dict.fromkeys(keys))} {self.unknown}"
            yield Outcome(rule=rule, level=Level.ADVISORY, message=message, urn=urn)

    def _judged(
        self, rule: Rule, config: RuleConfig, violation: Violation, resource: PolicyResource | None
    ) -> tuple[Level, str]:
        message = describe(rule, violation)
        level = self.level(rule)
        if resource is not None and CONTROLLERS in resource.within and not rule.binds_controllers:
            level = Level.ADVISORY
            message = f"{message} (advice: the controller is another project's)"
        about = [one for one in config.exemptions if one.is_of(resource)]
        today = self.today()
        if valid := [one for one in about if one.expires >= today]:
            return Level.ADVISORY, f"{message} (exempt until {_last(valid).expires}: {_last(valid).reason})"
        if about:
            return level, f"{message} (its exemption ended on {_last(about).expires}: renew it or mend it)"
        return level, message


def describe(rule: Rule, violation: Violation) -> str:
    """A violation in one line: what is where, what it should be, and what to do."""
    value = HIDDEN if secrets.form_of(violation.value) else violation.value
    return f"{violation.key} is {value}: {violation.rule}; {violation.remedy or rule.remedy}"


def _last(exemptions: list[Exemption]) -> Exemption:
    return max(exemptions, key=lambda one: one.expires)


def _safely(rule: Rule, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of a rule; one that fails breaks its own promise alone, and is named."""
    try:
        yield from check()
    except Exception as error:
        # The error's text may have a property's value in it: the place says enough.
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        remedy = "report it, and exempt the resource until it is mended"
        yield Violation(f"rule {rule.id}", place, "a rule that fails has judged nothing", remedy)
