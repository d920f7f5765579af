"""Who asks for GPUs tolerates their taint, and nobody else does."""

from policies.accelerators import GPU_TAINT, is_gpu_pod
from policies.frameworks import Framework
from policies.pods import KINDS, of_pods
from policies.resource import UNKNOWN, Values, mapping, sequence
from policies.rule import Findings, ResourceRule, Severity, Undecided, Violation


def _pod(path: str, pod: Values) -> Findings:
    tolerations = pod.get("tolerations")
    if tolerations is UNKNOWN:
        yield Undecided(f"{path}.tolerations")
        return
    keys = [mapping(one).get("key") for one in sequence(tolerations)]
    if is_gpu_pod(pod) and not any(key in (None, "", GPU_TAINT, UNKNOWN) for key in keys):
        yield Violation(
            f"{path}.tolerations", "without nvidia.com/gpu", "a pod that asks for GPUs may run on their nodes"
        )
    if not is_gpu_pod(pod) and GPU_TAINT in keys and pod.get("resourceClaims") is None:
        yield Violation(f"{path}.tolerations", "of nvidia.com/gpu", "a pod that asks for no GPU stays off their nodes")


RULE = ResourceRule(
    id="gpu-pod-tolerates-pool",
    title="Who asks for GPUs tolerates their taint, and nobody else does.",
    why="A pod without the toleration waits for ever; one that tolerates without asking fills a GPU node.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-6",),
        Framework.ISO_42001: ("A.4.5",),
    },
    remedy="move the toleration of nvidia.com/gpu to the pods that ask for GPUs",
    kinds=KINDS,
    binds_controllers=False,
    check=of_pods(_pod),
)
