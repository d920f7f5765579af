"""The release of a GPU node's image is named."""

from policies.accelerators import is_gpu_group
from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import GPU_POOL, KARPENTER_POOL, NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if resource.kind != NODE_GROUP or (is_gpu_group(props) and props.get("amiType") != "CUSTOM"):
        yield from expect(props, "releaseVersion", present, "drivers change by a commit alone")


RULE = ResourceRule(
    id="gpu-pool-image-pinned",
    title="The release of a GPU node's image is named.",
    why="An image that is the latest of the day changes the driver in the middle of a run, and no commit says when.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CM-2", "CM-3"),
        Framework.PCI_DSS: ("6.5.1",),
        Framework.SOC_2: ("CC8.1",),
        Framework.ISO_27001: ("A.8.9", "A.8.32"),
    },
    remedy="set releaseVersion",
    advisory_because="the lab's example takes the release of the day: its nodes are simulated",
    kinds=(
        NODE_GROUP,
        GPU_POOL,
        KARPENTER_POOL,
    ),
    check=_check,
)
