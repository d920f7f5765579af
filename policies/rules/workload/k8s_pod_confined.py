"""No pod takes off what confines it."""

from policies.expect import absent, expect, is_not_true, one_of
from policies.frameworks import Framework
from policies.pods import KINDS, containers, of_pods
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity

TYPES = (None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
"""Types of SELinux that pods of the standard `baseline` may name (Kubernetes, "Pod Security Standards")."""


def _pod(path: str, pod: Values) -> Findings:
    for where, holder in ((path, pod), *containers(path, pod)):
        root = f"{where}.securityContext"
        context = holder.get("securityContext")
        yield from expect(context, "seLinuxOptions.type", one_of(*TYPES), "its type is that of a container", root=root)
        for key in ("user", "role"):
            yield from expect(context, f"seLinuxOptions.{key}", absent, "SELinux chooses it", root=root)
        profile = one_of(None, "RuntimeDefault", "Localhost")
        yield from expect(context, "appArmorProfile.type", profile, "AppArmor confines it", root=root)
        yield from expect(
            context, "windowsOptions.hostProcess", is_not_true, "a container is no process of its node", root=root
        )


RULE = ResourceRule(
    id="k8s-pod-confined",
    title="No pod takes off what confines it.",
    why="Unconfined by AppArmor or SELinux, a flaw of the runtime is enough to leave the container.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "SC-39"),
        Framework.SOC_2: ("CC6.3",),
        Framework.CIS_KUBERNETES: ("5.6.3",),
        Framework.KUBESCAPE: ("C-0055",),
    },
    remedy="leave seLinuxOptions, appArmorProfile Unconfined and hostProcess out",
    kinds=KINDS,
    binds_controllers=False,
    check=of_pods(_pod),
)
