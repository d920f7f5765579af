"""Nobody but break glass administers the whole cluster."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import ACCESS_POLICY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policyArn")
    if policy is UNKNOWN:
        yield Undecided("policyArn")
    elif text(policy).endswith("AmazonEKSClusterAdminPolicy"):
        yield Violation("policyArn", "AmazonEKSClusterAdminPolicy", "access is for namespaces")


RULE = ResourceRule(
    id="eks-access-no-cluster-admin",
    title="Nobody but break glass administers the whole cluster.",
    why="Who administers the cluster reads every Secret and every prompt.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-6(1)"),
        Framework.PCI_DSS: ("7.2.2",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("4.1.1",),
        Framework.KUBESCAPE: ("C-0035",),
    },
    remedy="associate AmazonEKSAdminPolicy or AmazonEKSEditPolicy with a namespace",
    advisory_because="whoever deploys the platform is an administrator: its roles are named in the configuration",
    kinds=(ACCESS_POLICY,),
    check=_check,
)
