"""Cases of the pack workload."""

from policies.types import K8S_DEPLOYMENT
from tests.policies.case import DELETED, GPU_POD, Case, deployment

CASES: tuple[Case, ...] = (
    Case(
        rule="workload-gpu-limits",
        kind=K8S_DEPLOYMENT,
        good=deployment(GPU_POD),
        bad=(
            ("spec.template.spec.containers.0.resources.limits.memory", DELETED),
            ("spec.template.spec.nodeSelector", {}),
        ),
        unknown=("spec.template",),
    ),
)
