"""A GPU node has room for its images."""

from policies.expect import at_least, expect
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity, count
from policies.types import GPU_POOL, KARPENTER_POOL

GIB = count("gib", 100, "GiB of the volume that holds images, where a node has no NVMe.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if number(props.get("nvmeGb")) == 0 and props.get("nvmeGb") is not UNKNOWN:
        yield from expect(
            props, "rootGib", at_least(GIB.of(config)), f"the volume for images has {GIB.of(config)} GiB or more"
        )


RULE = ResourceRule(
    id="gpu-pool-root-volume",
    title="A GPU node has room for its images.",
    why="An image with torch and vLLM unpacks to tens of GiB: on a small volume pods are evicted while they start.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5(2)", "SC-6"),
        Framework.SOC_2: ("A1.1",),
        Framework.ISO_42001: ("A.4.5",),
    },
    remedy="raise root_gib",
    settings=(GIB,),
    kinds=(
        GPU_POOL,
        KARPENTER_POOL,
    ),
    check=_check,
)
