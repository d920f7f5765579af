"""A lifecycle ends with copies in the vault."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import LIFECYCLE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    stages = props.get("stages")
    if stages is UNKNOWN:
        yield Undecided("stages")
    elif "protect" not in mapping(stages):
        yield Violation("stages", "without protect", "what was trained is copied to the vault")


RULE = ResourceRule(
    id="model-copies-kept",
    title="A lifecycle ends with copies in the vault.",
    why="Weights that stand in one bucket are lost with it, and with them every answer that has to be explained.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CM-8", "SR-4"),
        Framework.PCI_DSS: ("6.3.2",),
        Framework.ISO_27001: ("A.5.9",),
        Framework.EU_AI_ACT: ("11(1)", "18(1)"),
        Framework.ISO_42001: ("A.6.2.7",),
        Framework.NIST_AI_RMF: ("MEASURE 2.1", "MEASURE 2.8"),
        Framework.MITRE_ATLAS: ("AML.M0023",),
    },
    remedy="add the stage protect",
    kinds=(LIFECYCLE,),
    check=_check,
)
