"""GPU nodes carry the GPU taint."""

from policies.accelerators import GPU_TAINT, is_gpu_group
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, Values, mapping, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if is_gpu_group(props):
        taints = props.get("taints")
        if taints is UNKNOWN:
            yield Undecided("taints")
        elif not any(_is_gpu_taint(mapping(one)) for one in sequence(taints)):
            yield Violation(
                "taints", "without nvidia.com/gpu:NO_SCHEDULE", "what asks for no GPU does not land on a GPU node"
            )


def _is_gpu_taint(taint: Values) -> bool:
    return taint.get("key") in (GPU_TAINT, UNKNOWN) and taint.get("effect") in ("NO_SCHEDULE", "NO_EXECUTE", UNKNOWN)


RULE = ResourceRule(
    id="gpu-pool-tainted",
    title="GPU nodes carry the GPU taint.",
    why="Without it anything lands there, and a node that is full of side jobs has eight idle GPUs.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-6",),
        Framework.NIST_AI_RMF: ("MEASURE 2.12",),
        Framework.ISO_42001: ("A.4.5",),
    },
    remedy="set the taint nvidia.com/gpu with NO_SCHEDULE",
    kinds=(NODE_GROUP,),
    check=_check,
)
