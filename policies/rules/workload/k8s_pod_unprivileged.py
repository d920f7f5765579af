"""No container has more rights than a process."""

from policies.expect import expect, is_not_true, one_of, texts
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import UNKNOWN, Values, at
from policies.rule import Findings, ResourceRule, Severity, Violation

LET = ("NET_BIND_SERVICE", "CHOWN", "FOWNER", "IPC_LOCK")


def _container(path: str, container: Values, pod: Values) -> Findings:
    context = container.get("securityContext")
    root = f"{path}.securityContext"
    yield from expect(context, "privileged", is_not_true, "a container is not privileged", root=root)
    yield from expect(context, "allowPrivilegeEscalation", one_of(False), "a process gains no rights", root=root)
    if context is UNKNOWN:
        return
    if not {"ALL", "all"} & set(texts(at(context, "capabilities.drop"))):
        yield Violation(f"{root}.capabilities.drop", "without ALL", "a container drops what it does not use")
    if added := [one for one in texts(at(context, "capabilities.add")) if one not in LET]:
        yield Violation(f"{root}.capabilities.add", ", ".join(added), f"a container adds {', '.join(LET)} alone")


RULE = ResourceRule(
    id="k8s-pod-unprivileged",
    title="No container has more rights than a process.",
    why="A privileged container is root of its node, and of every pod there.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "SC-39"),
        Framework.PCI_DSS: ("2.2.4", "7.2.5"),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("4.2.1", "4.2.5"),
        Framework.CIS_KUBERNETES: ("5.2.9",),
        Framework.KUBESCAPE: ("C-0057", "C-0016", "C-0046"),
    },
    remedy="set allowPrivilegeEscalation false and drop ALL capabilities",
    kinds=KINDS,
    binds_controllers=False,
    check=of_containers(_container),
)
