"""The default account has no rights."""

from policies.expect import each, expect
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_CLUSTER_BINDING, K8S_ROLE_BINDING


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, subject in each(props, "subjects"):
        if subject is UNKNOWN or at(subject, "kind") == "ServiceAccount":
            yield from expect(
                subject, "name", lambda value: value != "default", "each workload has its own account", root=path
            )


RULE = ResourceRule(
    id="k8s-binding-no-default-account",
    title="The default account has no rights.",
    why="Every pod that names no account is the default one.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-2"),
        Framework.PCI_DSS: ("7.2.5",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.5.15",),
        Framework.CIS_EKS: ("4.1.5", "4.1.6"),
        Framework.KUBESCAPE: ("C-0034",),
    },
    remedy="bind an account of the workload's own",
    kinds=(
        K8S_ROLE_BINDING,
        K8S_CLUSTER_BINDING,
    ),
    check=_check,
)
