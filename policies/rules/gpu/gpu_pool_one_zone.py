"""A GPU pool is in one subnet."""

from policies.accelerators import is_gpu_group
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if is_gpu_group(props):
        rule = "nodes that train together are in one zone"
        subnets = props.get("subnetIds")
        if subnets is UNKNOWN:
            yield Undecided("subnetIds")
        elif len(sequence(subnets)) != 1:
            yield Violation("subnetIds", f"{len(sequence(subnets))} subnets", rule)


RULE = ResourceRule(
    id="gpu-pool-one-zone",
    title="A GPU pool is in one subnet.",
    why="EFA traffic does not leave a zone: a pool in two trains across them, slowly, and nothing fails.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-6",),
        Framework.ISO_42001: ("A.4.5",),
    },
    remedy="name one subnet; make a second pool for a second zone",
    kinds=(NODE_GROUP,),
    check=_check,
)
