"""A network has two zones or more."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import NETWORK


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    zones = props.get("zones")
    if zones is UNKNOWN:
        yield Undecided("zones")
    elif len(sequence(zones)) < 2:
        yield Violation("zones", str(len(sequence(zones))), "a zone may fail")


RULE = ResourceRule(
    id="network-zones",
    title="A network has two zones or more.",
    why="EKS asks for two; what serves outlives a zone only where there is another.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CP-10", "SC-36"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.14",),
    },
    remedy="name another zone",
    kinds=(NETWORK,),
    check=_check,
)
