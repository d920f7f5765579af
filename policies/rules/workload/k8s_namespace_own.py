"""Nothing is in the namespace default."""

import re

from policies.expect import expect
from policies.frameworks import Framework
from policies.pods import KINDS
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity

NAMESPACED = re.compile(
    r"kubernetes:(core/v1:(Pod|Service|ConfigMap|Secret|ServiceAccount|PersistentVolumeClaim)"
    r"|apps/|batch/|argoproj|jobset)"
)


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if NAMESPACED.match(resource.kind):
        yield from expect(
            props,
            "metadata.namespace",
            lambda value: value not in (None, "", "default"),
            "an object is in a namespace of its team",
        )


RULE = ResourceRule(
    id="k8s-namespace-own",
    title="Nothing is in the namespace default.",
    why="What is there has no owner, no quota and no policy.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-2", "CM-6"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.22",),
        Framework.CIS_EKS: ("4.5.1", "4.5.2"),
        Framework.CIS_KUBERNETES: ("5.6.4",),
    },
    remedy="name a namespace",
    kinds=KINDS,
    binds_controllers=False,
    check=_check,
)
