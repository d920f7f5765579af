"""No subnet gives its machines public addresses."""

from policies.expect import expect, is_not_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import SUBNET


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "mapPublicIpOnLaunch", is_not_true, "machines have no public address by default")


RULE = ResourceRule(
    id="vpc-subnet-no-public-address",
    title="No subnet gives its machines public addresses.",
    why="A node in it is on the internet before anybody looked.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "AC-4"),
        Framework.PCI_DSS: ("1.4.2", "1.4.4"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.20",),
        Framework.CIS_EKS: ("5.4.3",),
    },
    remedy="leave mapPublicIpOnLaunch out",
    kinds=(SUBNET,),
    check=_check,
)
