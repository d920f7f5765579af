"""GPU nodes run an accelerated image that is still built."""

import re

from policies.accelerators import is_gpu_group
from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import NODE_GROUP

BUILT = re.compile(r"AL2023_(x86_64|ARM_64)_(NVIDIA|NEURON)|BOTTLEROCKET_(x86_64|ARM_64)_NVIDIA(_FIPS)?|CUSTOM")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if not is_gpu_group(props):
        return
    ami = props.get("amiType")
    if ami is UNKNOWN:
        yield Undecided("amiType")
    elif BUILT.fullmatch(text(ami)) is None:
        yield Violation("amiType", shown(ami), "a GPU node's image has drivers and is still built")


RULE = ResourceRule(
    id="gpu-pool-image-built",
    title="GPU nodes run an accelerated image that is still built.",
    why="AL2's accelerated images ended with 2025: no driver, no kernel and no fix comes for them.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SI-2",),
        Framework.PCI_DSS: ("6.3.3",),
        Framework.ISO_27001: ("A.8.8",),
        Framework.SOC_2: ("CC7.1",),
    },
    remedy="use AL2023_x86_64_NVIDIA, AL2023_ARM_64_NVIDIA, AL2023_x86_64_NEURON or a BOTTLEROCKET_*_NVIDIA",
    kinds=(NODE_GROUP,),
    check=_check,
)
