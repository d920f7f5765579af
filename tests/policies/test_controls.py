"""The table of others' controls: each has a rule here that exists, or a reason."""

import re

import pytest

from policies.controls import ControlGroup, ControlSource, sources
from policies.pack import RULES

SOURCES = {source.name: source for source in sources()}
IDS = {
    "checkov": r"CKV2?_(AWS|K8S)_\d+( to CKV_K8S_\d+)?",
    "security-hub": r"(EKS|S3|KMS|IAM|EC2|EFS|FSx|ECR|ELB|SNS|Backup|CloudWatch|AutoScaling)\.\d+",
    "kyverno": r"[a-zA-Z0-9]+(-[a-zA-Z0-9]+)+",
    "pulumi": r"([a-z0-9*]+/)+[A-Za-z*]+/[a-zA-Z0-9]+|\*/\*/[a-zA-Z]+|[a-z0-9]+(-[a-z0-9]+)+",
}
GROUPS = [(source, group) for source in SOURCES.values() for group in source.groups]


def test_there_is_a_list_of_each_source_with_its_edition() -> None:
    assert SOURCES.keys() == IDS.keys()
    for source in SOURCES.values():
        assert source.title
        assert re.search(r"\b[0-9a-f]{8} of \d+ [A-Z][a-z]+ 20\d\d\b", source.edition), source.name
        assert len(source.controls) >= 50


@pytest.mark.parametrize(
    ("source", "group"), GROUPS, ids=lambda one: one.about if isinstance(one, ControlGroup) else ""
)
def test_every_control_has_a_rule_or_a_reason(source: ControlSource, group: ControlGroup) -> None:
    assert group.about
    assert group.controls
    assert bool(group.rules) != bool(group.none)
    assert not (group.none and group.note)
    for control in group.controls:
        assert re.fullmatch(IDS[source.name], control), control
    assert [name for name in group.rules if name not in RULES] == []
    # A rule that a reason names exists too.
    named = re.findall(r"\(([a-z0-9-]+(?:, [a-z0-9-]+)*)\)", f"{group.none} {group.note}")
    assert [name for names in named for name in names.split(", ") if name not in RULES] == []


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_no_control_is_listed_twice(source: ControlSource) -> None:
    assert len(set(source.controls)) == len(source.controls)
