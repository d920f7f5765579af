"""An interface endpoint has the service's own name."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import VPC_ENDPOINT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if props.get("vpcEndpointType") == "Interface":
        yield from expect(props, "privateDnsEnabled", is_true, "clients reach the service by its own name")


RULE = ResourceRule(
    id="vpc-endpoint-private-dns",
    title="An interface endpoint has the service's own name.",
    why="Without it clients go on to the public address: the endpoint is paid for and unused.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "AC-4"),
        Framework.PCI_DSS: ("1.4.2",),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.22",),
    },
    remedy="set privateDnsEnabled",
    kinds=(VPC_ENDPOINT,),
    check=_check,
)
