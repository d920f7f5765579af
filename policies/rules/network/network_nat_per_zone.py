"""Each zone has its own way out."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import NETWORK


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "nat", one_of("zone", "none"), "a zone that fails takes no other with it")


RULE = ResourceRule(
    id="network-nat-per-zone",
    title="Each zone has its own way out.",
    why="One NAT gateway takes every zone with it when its own fails.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "CP-10"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.14",),
    },
    remedy="set nat to zone",
    advisory_because="a gateway a zone has a price: a site that may wait takes one",
    kinds=(NETWORK,),
    check=_check,
)
