"""Accelerators as the pack recognises them: pools by their taint, labels or images; pods by what they ask for."""

import re

from policies.resource import Values, mapping, sequence, text

GPU = re.compile(
    r"nvidia\.com/(gpu|mig-.+)(\.shared)?|amd\.com/gpu|aws\.amazon\.com/neuron(core|device)?|gpu\.intel\.com/\w+"
)
"""Whole GPUs, parts of one (MIG), and accelerators of other makers."""
GPU_TAINT = "nvidia.com/gpu"
GPU_LABEL = "nvidia.com/gpu.present"
POOL = "aifactory/pool"
EFA = "vpc.amazonaws.com/efa"
# Labels that Kubernetes gives every node: a pod that is selected by them alone may land on any.
EVERY_NODE = re.compile(r"((beta\.)?kubernetes\.io|topology\.kubernetes\.io|failure-domain\.beta\.kubernetes\.io)/.*")
FAMILIES = re.compile(r"(p[2-9]|g[3-9]|gr\d|trn|inf)[a-z0-9-]*\.")
"""EC2's families with accelerators."""
IMAGES = re.compile(r".*(NVIDIA|NEURON|GPU).*")


def is_gpu_group(group: Values) -> bool:
    """Whether an EKS node group is one of accelerators, by any sign of it that is known."""
    taints = [text(mapping(one).get("key")) for one in sequence(group.get("taints"))]
    types = [text(one) for one in sequence(group.get("instanceTypes"))]
    return (
        GPU_TAINT in taints
        or GPU_LABEL in dict(mapping(group.get("labels")))
        or IMAGES.fullmatch(text(group.get("amiType"))) is not None
        or any(FAMILIES.match(one) for one in types)
    )


def asked(container: Values) -> list[str]:
    """The kinds of accelerators that a container asks for."""
    resources = mapping(container.get("resources"))
    every = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
    return [name for name, amount in every.items() if GPU.fullmatch(name) and str(amount) not in ("0", "0.0")]


def is_gpu_pod(pod: Values) -> bool:
    """Whether a container of a pod asks for an accelerator."""
    return any(asked(mapping(one)) for part in PARTS for one in sequence(pod.get(part)))


PARTS = ("initContainers", "containers", "sidecars")


def is_efa(container: Values) -> bool:
    """Whether a container asks for network cards of EFA."""
    return EFA in dict(mapping(mapping(container.get("resources")).get("limits")))


def of_a_pool(label: str) -> bool:
    """Whether a label is one that not every node has."""
    return bool(label) and EVERY_NODE.fullmatch(label) is None
