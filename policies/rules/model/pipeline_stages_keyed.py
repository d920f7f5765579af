"""Each stage is named by its inputs."""

import re

from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import LIFECYCLE

KEY = re.compile(r"[0-9a-f]{64}")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    stages = props.get("stages")
    if stages is UNKNOWN:
        yield Undecided("stages")
    for name, key in mapping(stages).items():
        if key is UNKNOWN:
            yield Undecided(f"stages.{name}")
        elif KEY.fullmatch(text(key)) is None:
            yield Violation(f"stages.{name}", shown(key), "a stage is named by the digest of all that goes into it")


RULE = ResourceRule(
    id="pipeline-stages-keyed",
    title="Each stage is named by its inputs.",
    why="Without a key of code, recipe and inputs, nobody can say what a run was made of, nor repeat it.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CM-2", "CM-14", "SA-10"),
        Framework.PCI_DSS: ("6.3.2",),
        Framework.SOC_2: ("CC8.1",),
        Framework.ISO_27001: ("A.8.9", "A.8.25"),
        Framework.EU_AI_ACT: ("11(1)", "12(2)"),
        Framework.ISO_42001: ("A.6.2.3",),
        Framework.NIST_AI_RMF: ("MEASURE 2.1",),
    },
    remedy="let workloads.plan compute the keys",
    kinds=(LIFECYCLE,),
    check=_check,
)
