"""Writes the reference of the rules and of the frameworks: `python -m policies.reference`.

All of it is read from the rules, so that a page cannot say what the pack does not; a test holds the pages to the rules.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from policies.controls import ControlGroup, sources
from policies.frameworks import UNCHECKED, Framework
from policies.pack import RULES, pack_of
from policies.rule import Level, ResourceRule, Rule

PAGES = Path(__file__).parent.parent / "docs" / "reference"
HEAD = "Written by `python -m policies.reference` from the rules; a test holds it to them.\n"
CONFIGURING = """\
`pulumi preview --policy-pack policies` judges by every rule. `--policy-pack-config FILE` changes the level and the
settings of rules, and exempts resources for a time:

```json
{
  "vault-retention-floor": {"enforcementLevel": "mandatory", "days": 365},
  "k8s-service-not-exposed": {
    "exemptions": [
      {"resource": "serving-service", "reason": "the entry comes with the next release", "expires": "2027-01-31"}
    ]
  }
}
```

A level is `advisory` (said), `mandatory` (the deployment is refused) or `disabled`. An exemption names a resource (its
name or its URN; `*` stands for any characters), a reason and its last day; without one of them the configuration is
refused. What is exempt is still said, with the reason; after its last day the exemption counts no more, and the message
says so.

A rule that needs a value which only an update knows says "cannot be judged yet", as advice, and judges again in the
update. An object whose changes the program ignores (`ignore_changes`) is judged as it is stored: a rule that is newer
than such an object is kept by the next one, and until then by an exemption with a last day.
"""


def pages() -> dict[str, str]:
    """File name -> content."""
    return {
        "policies.md": "\n".join(_policies()),
        "frameworks.md": "\n".join(_frameworks()),
        "controls.md": "\n".join(_controls()),
    }


def _policies() -> Iterator[str]:
    yield f"# Policies\n\n{HEAD}\n{CONFIGURING}"
    packs: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in RULES.values():
        packs[pack_of(rule)].append(rule)
    mandatory = sum(1 for rule in RULES.values() if rule.level is Level.MANDATORY)
    yield f"{len(RULES)} rules in {len(packs)} packs; {mandatory} are mandatory, {len(RULES) - mandatory} advisory.\n"
    yield "What they say of manifests and states of others: [policies-on-others.md](../policies-on-others.md).\n"
    for pack, rules in sorted(packs.items()):
        yield f"## {pack}\n\n| rule | severity | level | promise |\n|---|---|---|---|"
        for rule in rules:
            yield f"| [`{rule.id}`](#{rule.id}) | {rule.severity.value} | {rule.level.value} | {_cell(rule.title)} |"
        yield ""
        for rule in rules:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    judged = ", ".join(f"`{kind}`" for kind in rule.kinds) if isinstance(rule, ResourceRule) else "the whole stack"
    yield f"### {rule.id}\n\n{rule.title} {rule.why}\n\n- Remedy: {rule.remedy}.\n- Judges: {judged}."
    if rule.advisory_because:
        yield f"- Advisory by default: {rule.advisory_because}."
    if not rule.binds_controllers:
        yield "- Advisory for controllers that are another project's charts."
    for setting in rule.settings:
        default = setting.default if isinstance(setting.default, int) else ", ".join(setting.default) or "none"
        yield f"- Setting `{setting.name}` ({default}): {setting.text}"
    evidence = [f"{framework.value}: {', '.join(controls)}" for framework, controls in rule.frameworks.items()]
    yield f"- Evidence for: {'; '.join(evidence)}.\n"


def _frameworks() -> Iterator[str]:
    yield f"# Frameworks\n\n{HEAD}"
    yield (
        "A rule that is kept is evidence for a part of a control; no table here says that anything is compliant. Ids\n"
        "are those of the editions named. Which rule is evidence for which control is this project's own judgement,\n"
        "save where a public mapping says the same. A control that is in no table has no rule.\n"
    )
    for framework in Framework:
        controls: defaultdict[str, list[str]] = defaultdict(list)
        for rule in RULES.values():
            for control in rule.frameworks.get(framework, ()):
                controls[control].append(rule.id)
        yield f"## {framework.value}\n\nWhat no rule can check: {UNCHECKED[framework]}\n"
        yield "| control | evidence from |\n|---|---|"
        for control, names in sorted(controls.items(), key=lambda one: _order(one[0])):
            yield f"| {control} | {', '.join(f'[`{name}`](policies.md#{name})' for name in names)} |"
        yield ""


def _controls() -> Iterator[str]:
    yield f"# Controls of others\n\n{HEAD}"
    yield (
        "What checkov, AWS Security Hub, Kyverno and stock packs of Pulumi ask of types that this project declares, and\n"
        "the rule here that answers it, or why there is none. Ids are theirs, of the editions named; which rule answers\n"
        "which control is this project's own judgement, and answering is not the same check. The table is\n"
        "`policies/controls.yaml`.\n"
    )
    for source in sources():
        ruled = sum(len(group.controls) for group in source.groups if group.rules)
        yield f"## {source.title}\n\nRead: {source.edition}.\n"
        yield f"{len(source.controls)} entries; {ruled} are answered by a rule.\n"
        yield "| controls | about | rules here, or why none |\n|---|---|---|"
        for group in source.groups:
            yield f"| {', '.join(group.controls)} | {_cell(group.about)} | {_cell(_answer(group))} |"
        yield ""


def _answer(group: ControlGroup) -> str:
    if group.none:
        return f"none: {group.none}"
    rules = ", ".join(f"[`{name}`](policies.md#{name})" for name in group.rules)
    return f"{rules}; {group.note}" if group.note else rules


def _order(control: str) -> list[tuple[int, str]]:
    """Sorts A.8.9 before A.8.24."""
    parts = "".join(one if one.isalnum() else " " for one in control).split()
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Writes the pages."""
    PAGES.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (PAGES / name).write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
