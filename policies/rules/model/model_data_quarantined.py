"""Data from outside passes a stage that checks it."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import LIFECYCLE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    stages = props.get("stages")
    if stages is UNKNOWN:
        yield Undecided("stages")
    elif "clean" not in mapping(stages):
        yield Violation("stages", "without clean", "data is checked before a model is trained on it")


RULE = ResourceRule(
    id="model-data-quarantined",
    title="Data from outside passes a stage that checks it.",
    why="Poisoned or personal data is found before training or not at all.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SI-7", "SI-3"),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.7",),
        Framework.EU_AI_ACT: ("10(3)", "15(5)"),
        Framework.ISO_42001: ("A.7.4", "A.7.6"),
        Framework.OWASP_LLM: ("LLM04",),
        Framework.MITRE_ATLAS: ("AML.M0007",),
    },
    remedy="add the stage clean before train",
    kinds=(LIFECYCLE,),
    check=_check,
)
