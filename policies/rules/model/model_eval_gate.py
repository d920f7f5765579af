"""No model is registered without an evaluation."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import LIFECYCLE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    stages = props.get("stages")
    if stages is UNKNOWN:
        yield Undecided("stages")
    elif "evaluate" not in mapping(stages):
        yield Violation("stages", "without evaluate", "an evaluation can refuse a model before it is registered")


RULE = ResourceRule(
    id="model-eval-gate",
    title="No model is registered without an evaluation.",
    why="What was never measured is released by hope.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("SA-11", "SI-7"),
        Framework.SOC_2: ("CC8.1",),
        Framework.EU_AI_ACT: ("15(1)",),
        Framework.ISO_42001: ("A.6.2.4",),
        Framework.NIST_AI_RMF: ("MEASURE 2.3", "MEASURE 2.5", "MANAGE 1.1"),
        Framework.OWASP_LLM: ("LLM09",),
        Framework.MITRE_ATLAS: ("AML.M0008",),
    },
    remedy="add the stage evaluate, with thresholds",
    kinds=(LIFECYCLE,),
    check=_check,
)
