"""Nobody is bound to cluster-admin, and no right is everybody's."""

from policies.expect import each, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_CLUSTER_BINDING, K8S_ROLE_BINDING

EVERYBODY = (
    "system:masters",
    "system:authenticated",
    "system:unauthenticated",
    "system:anonymous",
    "system:serviceaccounts",
)


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(
        props,
        "roleRef.name",
        lambda value: value not in ("cluster-admin", "admin"),
        "a role has the rights that it uses",
    )
    for path, subject in each(props, "subjects"):
        yield from expect(subject, "name", lambda value: value not in EVERYBODY, "a right is somebody's", root=path)


RULE = ResourceRule(
    id="k8s-binding-no-admin",
    title="Nobody is bound to cluster-admin, and no right is everybody's.",
    why="A right of all authenticated is a right of every pod of the cluster.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-3"),
        Framework.PCI_DSS: ("7.2.2",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("4.1.1",),
        Framework.CIS_KUBERNETES: ("5.1.7",),
        Framework.KUBESCAPE: ("C-0035",),
    },
    remedy="bind a role of named rights to named subjects",
    kinds=(
        K8S_ROLE_BINDING,
        K8S_CLUSTER_BINDING,
    ),
    check=_check,
)
