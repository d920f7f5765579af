"""A VPC answers names."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import VPC


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "enableDnsHostnames", is_true, "a VPC gives names to its hosts")
    # On by default.
    yield from expect(props, "enableDnsSupport", lambda value: value is not False, "a VPC answers names")


RULE = ResourceRule(
    id="vpc-dns-enabled",
    title="A VPC answers names.",
    why="Private endpoints and EKS's own endpoint are found by name alone.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("SC-7",),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="set enableDnsSupport and enableDnsHostnames",
    kinds=(VPC,),
    check=_check,
)
