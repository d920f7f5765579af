"""A served model is named by the digest of its content."""

import re

from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import SERVING

DIGEST = re.compile(r"[0-9a-f]{64}")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    model = props.get("model")
    if model is UNKNOWN:
        yield Undecided("model")
    elif DIGEST.fullmatch(text(model)) is None:
        yield Violation("model", shown(model), "a served model is named by its digest")


RULE = ResourceRule(
    id="model-artifact-digest",
    title="A served model is named by the digest of its content.",
    why="A name can be given to other weights: what was evaluated is then not what answers.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CM-14", "SI-7(1)", "SR-4(3)"),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.9",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.ISO_42001: ("A.6.2.5", "A.7.5"),
        Framework.OWASP_LLM: ("LLM03", "LLM04"),
        Framework.MITRE_ATLAS: ("AML.M0014",),
    },
    remedy="name it by its digest, 64 hexadecimal digits",
    kinds=(SERVING,),
    check=_check,
)
