"""Scratch of a GPU pod has a size."""

from policies.accelerators import is_gpu_pod
from policies.expect import expect, present
from policies.frameworks import Framework
from policies.pods import KINDS, of_pods
from policies.resource import Values, at, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity


def _pod(path: str, pod: Values) -> Findings:
    if not is_gpu_pod(pod):
        return
    for volume in map(mapping, sequence(pod.get("volumes"))):
        if "emptyDir" in volume and at(volume, "emptyDir.medium") != "Memory":
            yield from expect(
                volume,
                "emptyDir.sizeLimit",
                present,
                "scratch has a size",
                root=f"{path}.volumes[{text(volume.get('name'))}]",
            )


RULE = ResourceRule(
    id="gpu-pod-scratch-bounded",
    title="Scratch of a GPU pod has a size.",
    why="A full disk of a node evicts every pod on it, eight GPUs' worth of runs.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
    },
    remedy="set emptyDir.sizeLimit, or a limit of ephemeral-storage",
    advisory_because="the pods of the lifecycle bound their scratch by the node's NVMe alone",
    kinds=KINDS,
    check=of_pods(_pod),
)
