"""What rules say of a preview, with place, remedy and frameworks; what the deployed state breaks as well is marked."""

from collections.abc import Iterable
from dataclasses import dataclass

from cli.review.steps import LayerPlan
from policies.pack import RULES
from policies.rule import Level, Rule, Severity

SEVERITIES = tuple(reversed(Severity))
_LATER = "cannot be judged yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyFinding:
    """One resource that breaks a rule, or of which a rule cannot say yet."""

    rule: str
    level: str
    severity: str
    urn: str
    message: str
    place: str
    """`path.py:12`, or the layer's configuration where no line is told."""
    remedy: str
    controls: tuple[str, ...]
    """`PCI DSS 4.0.1: 3.5.1` and the like."""
    standing: bool
    """Whether what is deployed breaks the rule too."""

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2] or "the stack"

    @property
    def is_blocking(self) -> bool:
        return self.level == Level.MANDATORY.value

    @property
    def is_undecided(self) -> bool:
        return self.message.startswith(_LATER)


def findings(plan: LayerPlan, config_file: str, standing: Iterable[tuple[str, str]]) -> tuple[PolicyFinding, ...]:
    """Of one layer: mandatory first, then by severity. `standing`: (rule, URN) of what the deployed state breaks."""
    known = set(standing)
    found = [
        _finding(plan, config_file, outcome.rule, outcome.urn, outcome.level, outcome.message, known)
        for outcome in plan.outcomes
    ]
    return tuple(sorted(found, key=_order))


def _order(finding: PolicyFinding) -> tuple[bool, int, str, str]:
    severities = [one.value for one in SEVERITIES]
    rank = severities.index(finding.severity) if finding.severity in severities else len(severities)
    return not finding.is_blocking, rank, finding.rule, finding.urn


def _finding(
    plan: LayerPlan, config_file: str, rule: str, urn: str, level: str, message: str, standing: set[tuple[str, str]]
) -> PolicyFinding:
    known: Rule | None = RULES.get(rule)
    return PolicyFinding(
        rule=rule,
        level=level,
        severity=known.severity.value if known else "",
        urn=urn,
        message=message,
        place=plan.places.get(urn) or f"{config_file}:1",
        remedy=known.remedy if known else "",
        controls=_controls(known) if known else (),
        standing=(rule, urn) in standing,
    )


def _controls(rule: Rule) -> tuple[str, ...]:
    return tuple(f"{framework.value}: {', '.join(controls)}" for framework, controls in rule.frameworks.items())
