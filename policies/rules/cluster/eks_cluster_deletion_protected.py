"""EKS itself refuses to delete the cluster."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import EKS_CLUSTER


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "deletionProtection", is_true, "a cluster is not deleted by one call")


RULE = ResourceRule(
    id="eks-cluster-deletion-protected",
    title="EKS itself refuses to delete the cluster.",
    why="`protect` holds in one program's state; the service holds against every other.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CM-5", "CP-9"),
        Framework.SOC_2: ("A1.2",),
    },
    remedy="set deletionProtection",
    advisory_because="the cluster of one machine is made to be thrown away",
    kinds=(EKS_CLUSTER,),
    check=_check,
)
