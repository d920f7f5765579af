"""No pod changes settings of the kernel."""

from policies.expect import absent, expect, one_of
from policies.frameworks import Framework
from policies.pods import KINDS, containers, of_pods
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity


def _pod(path: str, pod: Values) -> Findings:
    yield from expect(pod, "securityContext.sysctls", absent, "the kernel's settings are the node's", root=path)
    for where, container in containers(path, pod):
        masked = one_of(None, "Default")
        yield from expect(container, "securityContext.procMount", masked, "/proc is masked", root=where)


RULE = ResourceRule(
    id="k8s-pod-kernel-untouched",
    title="No pod changes settings of the kernel.",
    why="A sysctl or an unmasked /proc is the node's, not the pod's.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CM-7", "SC-39"),
        Framework.CIS_KUBERNETES: ("5.6.3",),
    },
    remedy="leave sysctls and procMount out",
    kinds=KINDS,
    binds_controllers=False,
    check=of_pods(_pod),
)
