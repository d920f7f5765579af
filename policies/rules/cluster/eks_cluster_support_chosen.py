"""What happens at the end of support is chosen."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import EKS_CLUSTER


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "upgradePolicy.supportType", present, "support is standard, or extended on purpose")


RULE = ResourceRule(
    id="eks-cluster-support-chosen",
    title="What happens at the end of support is chosen.",
    why="By default a version slides into extended support, at six times the price.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SI-2",),
        Framework.SOC_2: ("CC9.1",),
    },
    remedy="set upgradePolicy.supportType",
    kinds=(EKS_CLUSTER,),
    check=_check,
)
