"""No pod reaches a device except by a device plugin or a claim."""

import re

from policies.frameworks import Framework
from policies.pods import KINDS, containers, of_pods
from policies.resource import Values, at, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity, Violation

# Memory and the socket of the node's log: a folder of the node, which k8s-pod-no-host-path judges, and no device.
NO_DEVICES = re.compile(r"/dev/(shm|log)(/.*)?")


def _of_devices(path: str) -> bool:
    return f"{path}/".startswith("/dev/") and NO_DEVICES.fullmatch(path) is None


def _pod(path: str, pod: Values) -> Findings:
    for volume in map(mapping, sequence(pod.get("volumes"))):
        if _of_devices(text(at(volume, "hostPath.path"))):
            yield Violation(
                f"{path}.volumes[{text(volume.get('name'))}].hostPath",
                "below /dev",
                "devices come from a device plugin",
            )
    for where, container in containers(path, pod):
        if at(container, "securityContext.privileged") is True:
            yield Violation(f"{where}.securityContext.privileged", "true", "no container sees every device of its node")
        for variable in map(mapping, sequence(container.get("env"))):
            if variable.get("name") == "NVIDIA_VISIBLE_DEVICES" and variable.get("value") not in ("void", "none", ""):
                yield Violation(
                    f"{where}.env[NVIDIA_VISIBLE_DEVICES]", "set", "the device plugin says which GPUs a container sees"
                )


RULE = ResourceRule(
    id="gpu-pod-no-bypass",
    title="No pod reaches a device except by a device plugin or a claim.",
    why="Past the plugin a pod sees every GPU of the node, and the memory of whoever else computes there.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("SC-39", "SC-4", "AC-6"),
        Framework.PCI_DSS: ("7.2.5",),
        Framework.SOC_2: ("CC6.3",),
        Framework.CIS_EKS: ("4.2.1",),
        Framework.MITRE_ATLAS: ("AML.M0036",),
    },
    remedy="ask for nvidia.com/gpu as a limit",
    kinds=KINDS,
    binds_controllers=False,
    check=of_pods(_pod),
)
