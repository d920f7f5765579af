"""GPUs that train are not on spot."""

from policies.accelerators import is_gpu_group
from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import GPU_POOL, KARPENTER_POOL, NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if resource.kind == NODE_GROUP:
        if is_gpu_group(props):
            yield from expect(props, "capacityType", lambda value: value != "SPOT", "capacity stays until the run ends")
    else:
        yield from expect(props, "capacity", lambda value: value != "spot", "capacity stays until the run ends")


RULE = ResourceRule(
    id="gpu-pool-no-spot",
    title="GPUs that train are not on spot.",
    why="EC2 takes them back in two minutes: a run without checkpoints in that time loses all since the last.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SI-13"),
        Framework.SOC_2: ("A1.2",),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="use a block, a reservation or on demand",
    advisory_because="spot is right for runs that checkpoint often and restart",
    kinds=(
        GPU_POOL,
        KARPENTER_POOL,
        NODE_GROUP,
    ),
    check=_check,
)
