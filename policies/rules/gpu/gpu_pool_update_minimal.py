"""Updates of a GPU pool start no second set of nodes."""

from policies.accelerators import is_gpu_group
from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if is_gpu_group(props):
        yield from expect(
            props, "updateConfig.updateStrategy", one_of("MINIMAL"), "an update ends a node, then starts one"
        )


RULE = ResourceRule(
    id="gpu-pool-update-minimal",
    title="Updates of a GPU pool start no second set of nodes.",
    why="EKS's default starts new nodes before it ends the old: twice the GPUs, which are not to be had.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-6", "CM-3"),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="set updateConfig.updateStrategy to MINIMAL",
    kinds=(NODE_GROUP,),
    check=_check,
)
