"""Shared memory has a size."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.pods import KINDS, of_pods
from policies.resource import Values, at, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity


def _pod(path: str, pod: Values) -> Findings:
    for volume in map(mapping, sequence(pod.get("volumes"))):
        if at(volume, "emptyDir.medium") == "Memory":
            yield from expect(
                volume,
                "emptyDir.sizeLimit",
                present,
                "a volume of memory has a size",
                root=f"{path}.volumes[{text(volume.get('name'))}]",
            )


RULE = ResourceRule(
    id="gpu-pod-shm-bounded",
    title="Shared memory has a size.",
    why="A memory volume without a size may take the node's whole memory, and the kernel ends whoever asks next.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.MITRE_ATLAS: ("AML.M0036",),
    },
    remedy="set emptyDir.sizeLimit",
    advisory_because="the pods of the lifecycle have /dev/shm without a size",
    kinds=KINDS,
    check=of_pods(_pod),
)
