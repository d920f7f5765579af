"""A role in Kubernetes names verbs, groups and resources."""

from policies.expect import each, texts
from policies.frameworks import Framework
from policies.resource import PolicyResource, any_unknown, at
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_CLUSTER_ROLE, K8S_ROLE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, rule in each(props, "rules"):
        if any_unknown([rule, *(at(rule, key) for key in ("apiGroups", "resources", "verbs"))]):
            yield Undecided(path)
            continue
        groups, resources, verbs = (texts(at(rule, key)) for key in ("apiGroups", "resources", "verbs"))

        for key, values in (("apiGroups", groups), ("resources", resources), ("verbs", verbs)):
            if "*" in values:
                yield Violation(f"{path}.{key}", "*", "a role names what it may")


RULE = ResourceRule(
    id="k8s-role-no-wildcard",
    title="A role in Kubernetes names verbs, groups and resources.",
    why="A star holds for what is installed tomorrow, too.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6",),
        Framework.PCI_DSS: ("7.2.1", "7.2.2"),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("4.1.3",),
        Framework.KUBESCAPE: ("C-0035",),
    },
    remedy="name them",
    kinds=(
        K8S_ROLE,
        K8S_CLUSTER_ROLE,
    ),
    binds_controllers=False,
    check=_check,
)
