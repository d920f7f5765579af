"""No container runs as root, and each has the runtime's seccomp profile."""

from policies.expect import expect, is_true, one_of
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values, any_unknown, mapping, number
from policies.rule import Findings, ResourceRule, Severity, Undecided


def _container(path: str, container: Values, pod: Values) -> Findings:
    own, shared = container.get("securityContext"), pod.get("securityContext")
    if any_unknown([own, shared]):
        yield Undecided(f"{path}.securityContext")
        return
    whole = {**mapping(shared), **mapping(own)}
    root = f"{path}.securityContext"
    yield from expect(whole, "runAsNonRoot", is_true, "a container is not root", root=root)
    yield from expect(
        whole, "runAsUser", lambda value: value is None or number(value) > 0, "a container is not root", root=root
    )
    profile = one_of("RuntimeDefault", "Localhost")
    yield from expect(whole, "seccompProfile.type", profile, "a container has a profile of system calls", root=root)


RULE = ResourceRule(
    id="k8s-pod-non-root",
    title="No container runs as root, and each has the runtime's seccomp profile.",
    why="Root in a container is root on every file system that it mounts, and one flaw of the kernel from the node.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-6(10)"),
        Framework.PCI_DSS: ("2.2.6",),
        Framework.SOC_2: ("CC6.3",),
        Framework.CIS_KUBERNETES: ("5.2.7", "5.6.2", "5.6.3"),
        Framework.KUBESCAPE: ("C-0013", "C-0055"),
    },
    remedy="set runAsNonRoot and seccompProfile RuntimeDefault",
    advisory_because=(
        "one Job of the filesystem component makes folders on a new file system as root, with two capabilities"
    ),
    kinds=KINDS,
    check=of_containers(_container),
)
