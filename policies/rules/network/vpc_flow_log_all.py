"""Flow logs hold accepted and rejected traffic."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import FLOW_LOG


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "trafficType", one_of("ALL"), "both what passed and what did not is logged")


RULE = ResourceRule(
    id="vpc-flow-log-all",
    title="Flow logs hold accepted and rejected traffic.",
    why="Rejected alone shows the attempts that failed.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("AU-12", "SI-4"),
        Framework.PCI_DSS: ("10.2.1",),
        Framework.SOC_2: ("CC7.2",),
        Framework.ISO_27001: ("A.8.16",),
    },
    remedy="set trafficType to ALL",
    kinds=(FLOW_LOG,),
    check=_check,
)
