"""No role lets its holder become another."""

from policies.expect import each, texts
from policies.frameworks import Framework
from policies.resource import PolicyResource, any_unknown, at
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_CLUSTER_ROLE, K8S_ROLE

VERBS = ("bind", "escalate", "impersonate")
RESOURCES = (
    *("serviceaccounts/token", "certificatesigningrequests/approval", "nodes/proxy", "pods/ephemeralcontainers"),
    *("mutatingwebhookconfigurations", "validatingwebhookconfigurations", "rolebindings", "clusterrolebindings"),
    # Its address is where the cluster sends a Service's traffic (CVE-2020-8554).
    "services/status",
)
READING = {"get", "list", "watch"}


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, rule in each(props, "rules"):
        if any_unknown([rule, *(at(rule, key) for key in ("apiGroups", "resources", "verbs"))]):
            yield Undecided(path)
            continue
        resources, verbs = (texts(at(rule, key)) for key in ("resources", "verbs"))

        if found := [one for one in verbs if one in VERBS]:
            yield Violation(f"{path}.verbs", ", ".join(found), "a role keeps its holder who it is")
        if (found := [one for one in resources if one in RESOURCES]) and set(verbs) - READING:
            yield Violation(f"{path}.resources", ", ".join(found), "a role keeps its holder who it is")


RULE = ResourceRule(
    id="k8s-role-no-escalation",
    title="No role lets its holder become another.",
    why="Who may bind roles, impersonate, or issue tokens is an administrator in two calls.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-6(10)"),
        Framework.PCI_DSS: ("7.2.2",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("4.1.4", "4.1.8", "4.1.9", "4.1.11", "4.1.12"),
        Framework.CIS_KUBERNETES: ("5.1.11",),
    },
    remedy="leave the verb or the resource out",
    kinds=(
        K8S_ROLE,
        K8S_CLUSTER_ROLE,
    ),
    binds_controllers=False,
    check=_check,
)
