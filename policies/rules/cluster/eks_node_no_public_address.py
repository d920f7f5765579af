"""No node has a public address."""

from policies.expect import each, expect, is_not_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LAUNCH_TEMPLATE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, one in each(props, "networkInterfaces"):
        yield from expect(one, "associatePublicIpAddress", is_not_true, "a node is reached within the VPC", root=path)


RULE = ResourceRule(
    id="eks-node-no-public-address",
    title="No node has a public address.",
    why="A node on the internet is one flaw of the kubelet from the cluster.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "AC-4"),
        Framework.PCI_DSS: ("1.4.2", "1.4.4"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.20",),
        Framework.CIS_EKS: ("5.4.3",),
    },
    remedy="leave associatePublicIpAddress out",
    kinds=(LAUNCH_TEMPLATE,),
    check=_check,
)
