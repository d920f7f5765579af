"""A store says whose data of which class it holds."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation, names
from policies.types import AWS_BUCKETS, EFS, LUSTRE

TAGS = names("tags", ("owner", "data-class"), "Tags that a store has.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    given = props.get("tags")
    if given is UNKNOWN:
        yield Undecided("tags")
        return
    missing = [one for one in TAGS.of(config) if one not in mapping(given)]
    if missing:
        yield Violation("tags", f"without {', '.join(missing)}", "a store says its owner and its class")


RULE = ResourceRule(
    id="data-class-tagged",
    title="A store says whose data of which class it holds.",
    why="Nobody asks for the deletion of data whose owner is unknown, and nobody dares it either.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SR-4", "SI-7"),
        Framework.ISO_27001: ("A.5.12",),
        Framework.EU_AI_ACT: ("10(2)(b)", "10(2)(c)", "10(3)"),
        Framework.ISO_42001: ("A.7.2", "A.7.5", "A.7.6"),
        Framework.NIST_AI_RMF: ("MAP 4.1",),
        Framework.OWASP_LLM: ("LLM04",),
        Framework.MITRE_ATLAS: ("AML.M0025",),
    },
    remedy="tag it",
    settings=(TAGS,),
    advisory_because="tags are each organisation's own; the components pass on what a site gives",
    kinds=(
        *AWS_BUCKETS,
        LUSTRE,
        EFS,
    ),
    check=_check,
)
