"""A model is registered with its lineage."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import LIFECYCLE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    stages = props.get("stages")
    if stages is UNKNOWN:
        yield Undecided("stages")
    elif "register" not in mapping(stages):
        yield Violation("stages", "without register", "each model has an entry with its lineage")


RULE = ResourceRule(
    id="model-registered",
    title="A model is registered with its lineage.",
    why="From an answer one gets back to weights, code and data by the registry, or by nobody's memory.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SR-4", "SR-3", "CM-8"),
        Framework.PCI_DSS: ("6.3.2",),
        Framework.SOC_2: ("CC9.2",),
        Framework.ISO_27001: ("A.5.19", "A.5.21"),
        Framework.EU_AI_ACT: ("11(1)", "53"),
        Framework.ISO_42001: ("A.7.3", "A.7.5", "A.10.3"),
        Framework.NIST_AI_RMF: ("GOVERN 6.1", "MAP 4.1"),
        Framework.OWASP_LLM: ("LLM03",),
        Framework.MITRE_ATLAS: ("AML.M0023",),
    },
    remedy="add the stage register",
    kinds=(LIFECYCLE,),
    check=_check,
)
