"""The pages of the reference are those of the rules, and every rule says what a page needs."""

import re

import pytest

from policies.frameworks import UNCHECKED, Framework
from policies.pack import RULES, pack_of
from policies.reference import PAGES, pages
from policies.rule import Rule

PACKS = {"vault", "gpu", "model", "network", "cluster", "workload", "data", "identity"}
IDS = {
    Framework.NIST_800_53: r"[A-Z]{2}-\d+(\(\d+\))?",
    Framework.PCI_DSS: r"\d+\.\d+(\.\d+)?",
    Framework.SOC_2: r"(CC|A|C|P|PI)\d+\.\d+",
    Framework.ISO_27001: r"A\.\d+\.\d+",
    Framework.CIS_EKS: r"\d\.\d+\.\d+",
    Framework.CIS_KUBERNETES: r"\d\.\d+\.\d+",
    Framework.KUBESCAPE: r"C-\d{4}",
    Framework.EU_AI_ACT: r"\d+(\(\d+\))?(\([a-z]\))?",
    Framework.ISO_42001: r"A\.\d+\.\d+(\.\d+)?",
    Framework.NIST_AI_RMF: r"(GOVERN|MAP|MEASURE|MANAGE) \d\.\d+",
    Framework.OWASP_LLM: r"LLM(0[1-9]|10)",
    Framework.MITRE_ATLAS: r"AML\.M\d{4}",
}


def test_the_pages_are_fresh() -> None:
    stale = [name for name, content in pages().items() if (PAGES / name).read_text() != content]
    assert stale == [], "run `python -m policies.reference`"


def test_the_pages_speak_of_evidence_and_promise_no_compliance() -> None:
    page = pages()["frameworks.md"]
    assert "no table here says that anything is compliant" in page
    assert len(re.findall(r"\bcompliant\b", page)) == 1
    assert set(UNCHECKED) == set(Framework)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_says_itself(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert pack_of(rule) in PACKS
    assert rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert not rule.remedy.endswith(".")
    assert rule.frameworks
    for framework, controls in rule.frameworks.items():
        assert controls
        for control in controls:
            assert re.fullmatch(IDS[framework], control), f"{framework}: {control}"


def test_there_are_as_many_rules_as_the_pack_promises() -> None:
    assert len(RULES) >= 100
    assert {pack_of(rule) for rule in RULES.values()} == PACKS
