"""What a rule says of a resource, in a test."""

from collections.abc import Iterator

from policies.judge import describe
from policies.resource import PolicyResource, Stack
from policies.rule import Finding, ResourceRule, Rule, StackRule, Undecided, Violation


def findings(rule: Rule, judged: PolicyResource | Stack) -> list[Finding]:
    """What a rule finds, with its default settings."""
    if isinstance(rule, ResourceRule) and isinstance(judged, PolicyResource):
        return list(rule.check(judged, {})) if rule.judges(judged.kind) else []
    assert isinstance(rule, StackRule)
    assert isinstance(judged, Stack)
    return list(rule.check(judged, {}))


def violations(rule: Rule, judged: PolicyResource | Stack) -> Iterator[str]:
    """Its violations, each as its message."""
    return (describe(rule, one) for one in findings(rule, judged) if isinstance(one, Violation))


def undecided(rule: Rule, judged: PolicyResource | Stack) -> list[str]:
    """Keys of what it cannot judge yet."""
    return [one.key for one in findings(rule, judged) if isinstance(one, Undecided)]
