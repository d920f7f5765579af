"""The API of a cluster is not open to the whole world."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, any_unknown, at, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import EKS_CLUSTER


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "vpcConfig.endpointPrivateAccess", is_true, "nodes reach the API within the VPC")
    public = at(props, "vpcConfig.endpointPublicAccess")
    # On by default, and for everybody.
    if public is UNKNOWN:
        yield Undecided("vpcConfig.endpointPublicAccess")
    elif public is not False:
        cidrs = at(props, "vpcConfig.publicAccessCidrs")
        if any_unknown([cidrs, *sequence(cidrs)]):
            yield Undecided("vpcConfig.publicAccessCidrs")
        elif not sequence(cidrs) or {"0.0.0.0/0", "::/0"} & {str(one) for one in sequence(cidrs)}:
            yield Violation("vpcConfig.publicAccessCidrs", "the world", "the API names who reaches it")


RULE = ResourceRule(
    id="eks-cluster-endpoint-closed",
    title="The API of a cluster is not open to the whole world.",
    why="A stolen kubeconfig then works from anywhere, and every flaw of the API server is on the internet.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-4", "SC-7"),
        Framework.PCI_DSS: ("1.4.4", "1.3.1"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.20",),
        Framework.CIS_EKS: ("5.4.1", "5.4.2"),
        Framework.KUBESCAPE: ("C-0054",),
    },
    remedy="name publicAccessCidrs, or turn the public endpoint off",
    kinds=(EKS_CLUSTER,),
    check=_check,
)
