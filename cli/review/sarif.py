"""Rules that a preview breaks, as SARIF 2.1.0 for a forge's code scanning."""

import hashlib
from collections.abc import Iterable

from cli.review.findings import PolicyFinding
from cli.review.masking import cut, scrubbed, visible
from cli.review.review import Review
from policies.pack import RULES, pack_of
from policies.rule import Rule, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"mandatory": "error", "advisory": "warning"}
# GitHub: above 9.0 critical, 7.0 to 8.9 high, 4.0 to 6.9 medium.
SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
RESULTS = 25_000
"""Results of a run that GitHub takes; it shows 5,000."""


def sarif(review: Review) -> dict[str, object]:
    """One run, whose category is the environment's."""
    found = [one for one in review.findings if not one.is_undecided][:RESULTS]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "aifactory", "rules": _rules(found)}},
                "automationDetails": {"id": f"aifactory/{review.env}/"},
                "results": [_result(finding) for finding in found],
            }
        ],
    }


def _rules(found: Iterable[PolicyFinding]) -> list[dict[str, object]]:
    ids = dict.fromkeys(finding.rule for finding in found)
    return [_rule(RULES[name]) if name in RULES else {"id": name} for name in ids]


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": cut(rule.why, 1024)},
        "help": {"text": f"Remedy: {rule.remedy}."},
        "properties": {"tags": ["security", pack_of(rule)], "security-severity": SCORES[rule.severity]},
    }


def _result(finding: PolicyFinding) -> dict[str, object]:
    path, _, line = finding.place.rpartition(":")
    # Not the line: that moves, and an alert would be another one.
    identity = hashlib.sha256(f"{finding.rule}\n{finding.urn}".encode()).hexdigest()
    return {
        "ruleId": finding.rule,
        "level": LEVELS.get(finding.level, "note"),
        "message": {"text": cut(visible(scrubbed(f"{finding.name}: {finding.message}")), 1000)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": path},
                    "region": {"startLine": int(line)},
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": identity},
    }
