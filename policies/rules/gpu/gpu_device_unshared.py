"""No GPU is shared by time slices."""

import re

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_CONFIG_MAP

SHARED = re.compile(r"\b(timeSlicing|mps)\s*[\"']?\s*:")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    data = props.get("data")
    if data is UNKNOWN:
        yield Undecided("data")
    for key, value in mapping(data).items():
        # A configuration of NVIDIA's device plugin names its flags or its version.
        if "nvidia" in str(value) and (found := SHARED.search(text(value))):
            yield Violation(f"data.{key}", found.group(1), "a GPU is given whole, or as a part with memory of its own")


RULE = ResourceRule(
    id="gpu-device-unshared",
    title="No GPU is shared by time slices.",
    why=(
        "Slices share the GPU's memory and its faults: what one tenant leaves, the next may read, and "
        "one out-of-memory ends both."
    ),
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-4", "SC-39", "SC-2"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.22",),
        Framework.EU_AI_ACT: ("15(5)",),
    },
    remedy="use whole GPUs or MIG",
    kinds=(K8S_CONFIG_MAP,),
    check=_check,
)
