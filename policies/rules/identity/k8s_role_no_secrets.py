"""A role reads Secrets by name, and enters no pod."""

from policies.expect import each, texts
from policies.frameworks import Framework
from policies.resource import PolicyResource, any_unknown, at
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_CLUSTER_ROLE, K8S_ROLE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, rule in each(props, "rules"):
        if any_unknown([rule, *(at(rule, key) for key in ("apiGroups", "resources", "verbs"))]):
            yield Undecided(path)
            continue
        resources, verbs = (texts(at(rule, key)) for key in ("resources", "verbs"))

        if "secrets" in resources and {"get", "list", "watch", "*"} & set(verbs) and not at(rule, "resourceNames"):
            yield Violation(f"{path}.resourceNames", MISSING, "Secrets are read by name")
        if found := [one for one in resources if one in ("pods/exec", "pods/attach", "pods/portforward")]:
            yield Violation(f"{path}.resources", ", ".join(found), "nobody enters a pod by a role of the program")


RULE = ResourceRule(
    id="k8s-role-no-secrets",
    title="A role reads Secrets by name, and enters no pod.",
    why="list of Secrets is all credentials of a namespace; exec is every pod's.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-6"),
        Framework.PCI_DSS: ("7.2.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.3",),
        Framework.CIS_EKS: ("4.1.2", "4.1.10"),
        Framework.KUBESCAPE: ("C-0002",),
    },
    remedy="set resourceNames, and leave pods/exec out",
    kinds=(
        K8S_ROLE,
        K8S_CLUSTER_ROLE,
    ),
    binds_controllers=False,
    check=_check,
)
