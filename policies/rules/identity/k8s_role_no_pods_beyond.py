"""No cluster-wide role makes pods or volumes."""

from policies.expect import each, texts
from policies.frameworks import Framework
from policies.resource import PolicyResource, any_unknown, at
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_CLUSTER_ROLE

MAKING = {"create", "patch", "update"}
MADE = ("pods", "deployments", "daemonsets", "statefulsets", "jobs", "cronjobs", "persistentvolumes")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, rule in each(props, "rules"):
        if any_unknown([rule, *(at(rule, key) for key in ("apiGroups", "resources", "verbs"))]):
            yield Undecided(path)
            continue
        resources, verbs = (texts(at(rule, key)) for key in ("resources", "verbs"))

        if (found := [one for one in resources if one in MADE]) and MAKING & set(verbs):
            yield Violation(f"{path}.resources", ", ".join(found), "what makes pods is bound to a namespace")


RULE = ResourceRule(
    id="k8s-role-no-pods-beyond",
    title="No cluster-wide role makes pods or volumes.",
    why="Who makes pods in every namespace has every service account; who makes volumes has every node's disk.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-6(10)"),
        Framework.PCI_DSS: ("7.2.2",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("4.1.4", "4.1.8", "4.1.9", "4.1.11", "4.1.12"),
        Framework.CIS_KUBERNETES: ("5.1.11",),
    },
    remedy="use a Role in the namespace",
    advisory_because="operators that are installed by charts make pods everywhere",
    kinds=(K8S_CLUSTER_ROLE,),
    check=_check,
)
