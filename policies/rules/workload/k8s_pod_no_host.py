"""No pod shares the namespaces of its node."""

from policies.expect import absent, expect, is_not_true
from policies.frameworks import Framework
from policies.pods import KINDS, containers, of_pods
from policies.resource import Values, mapping, sequence
from policies.rule import Findings, ResourceRule, Severity


def _pod(path: str, pod: Values) -> Findings:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        yield from expect(pod, key, is_not_true, "a pod has namespaces of its own", root=path)
    for where, container in containers(path, pod):
        for port in map(mapping, sequence(container.get("ports"))):
            yield from expect(port, "hostPort", absent, "a pod takes no port of its node", root=f"{where}.ports")


RULE = ResourceRule(
    id="k8s-pod-no-host",
    title="No pod shares the namespaces of its node.",
    why="On the node's network a pod hears the kubelet and every neighbour; in its processes it reads their memory.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "SC-39", "AC-6"),
        Framework.SOC_2: ("CC6.6",),
        Framework.CIS_EKS: ("4.2.2", "4.2.3", "4.2.4"),
        Framework.CIS_KUBERNETES: ("5.2.12",),
        Framework.KUBESCAPE: ("C-0038", "C-0041", "C-0044"),
    },
    remedy="leave hostNetwork, hostPID, hostIPC and hostPort out",
    kinds=KINDS,
    binds_controllers=False,
    check=of_pods(_pod),
)
