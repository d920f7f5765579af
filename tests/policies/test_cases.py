"""Each rule by its cases: what it lets through, what it names, and what it cannot judge before an update."""

import pytest

from policies.judge import describe
from policies.pack import RULES
from policies.resource import NOTHING_KNOWN, UNKNOWN, PolicyResource
from policies.rule import Finding, ResourceRule, Rule, Undecided, Violation
from policies.types import VAULT, WORKFLOW
from tests.policies.case import Case, changed
from tests.policies.cases import cluster, data, gpu, identity, model, network, vault, workload

CASES = (
    *(*vault.CASES, *gpu.CASES, *model.CASES, *network.CASES),
    *(*cluster.CASES, *workload.CASES, *data.CASES, *identity.CASES),
)


def kinds_of(rule: Rule) -> list[str]:
    kinds = rule.kinds if isinstance(rule, ResourceRule) else ()
    return [WORKFLOW if kind.endswith("*") else kind for kind in kinds]


def found(case: Case, resource: PolicyResource) -> list[Finding]:
    rule = RULES[case.rule]
    assert isinstance(rule, ResourceRule)
    assert rule.judges(case.kind)
    return list(rule.check(resource, case.config))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_keeps_the_rule_is_let_through(case: Case) -> None:
    assert found(case, case.resource(case.good)) == []


@pytest.mark.parametrize(
    ("case", "path", "value"),
    [(case, path, value) for case in CASES for path, value in case.bad],
    ids=lambda one: one.rule if isinstance(one, Case) else str(one)[:40],
)
def test_what_breaks_the_rule_is_named(case: Case, path: str, value: object) -> None:
    violations = [
        one for one in found(case, case.resource(changed(case.good, path, value))) if isinstance(one, Violation)
    ]
    assert violations
    for one in violations:
        # Key, value, rule and remedy.
        assert one.key
        assert one.value
        assert one.rule
        assert describe(RULES[case.rule], one).startswith(f"{one.key} is {one.value}: {one.rule}; ")


@pytest.mark.parametrize(
    ("case", "path"),
    [(case, path) for case in CASES for path in case.unknown],
    ids=lambda one: one.rule if isinstance(one, Case) else str(one)[:40],
)
def test_what_is_unknown_is_neither_let_through_nor_named(case: Case, path: str) -> None:
    findings = found(case, case.resource(changed(case.good, path, UNKNOWN)))
    assert findings
    assert all(isinstance(one, Undecided) for one in findings)


def test_every_rule_of_resources_has_cases() -> None:
    resource_rules = {name for name, rule in RULES.items() if isinstance(rule, ResourceRule)}
    assert resource_rules - {case.rule for case in CASES} == set()
    without = {case.rule for case in CASES} - {case.rule for case in CASES if case.unknown}
    # Whether a resource is protected is always known.
    assert without == {"stack-stateful-kept"}


@pytest.mark.parametrize("kind", sorted({kind for rule in RULES.values() for kind in kinds_of(rule)}))
@pytest.mark.parametrize("within", ["", VAULT])
def test_nothing_that_is_unknown_breaks_a_rule(kind: str, within: str) -> None:
    resource = PolicyResource(
        kind=kind,
        props=NOTHING_KNOWN,
        provider=NOTHING_KNOWN,
        urn=f"urn:pulumi:a.vault::aifactory::{within}${kind}::one",
        protected=True,
    )
    for rule in RULES.values():
        if isinstance(rule, ResourceRule) and rule.judges(kind):
            assert [one for one in rule.check(resource, {}) if isinstance(one, Violation)] == []
