"""Access to a cluster is given by access entries."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import EKS_CLUSTER


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "accessConfig.authenticationMode", one_of("API"), "access is declared as entries alone")
    path = "accessConfig.bootstrapClusterCreatorAdminPermissions"
    yield from expect(props, path, one_of(False), "nobody is an administrator by having made the cluster")


RULE = ResourceRule(
    id="eks-cluster-access-api",
    title="Access to a cluster is given by access entries.",
    why="The aws-auth map and the creator's hidden right are seen by no review.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-2", "AC-6"),
        Framework.PCI_DSS: ("7.2.1",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.5.15",),
        Framework.CIS_EKS: ("4.1.7",),
    },
    remedy="set authenticationMode API and bootstrapClusterCreatorAdminPermissions false",
    kinds=(EKS_CLUSTER,),
    check=_check,
)
