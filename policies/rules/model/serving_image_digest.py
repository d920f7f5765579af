"""The server's image is named by its digest."""

import re

from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import SERVING

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    image = props.get("image")
    if image is UNKNOWN:
        yield Undecided("image")
    elif DIGEST.search(text(image)) is None:
        yield Violation("image", shown(image), "what serves is named by its digest")


RULE = ResourceRule(
    id="serving-image-digest",
    title="The server's image is named by its digest.",
    why="In a preview the Deployment may be unknown; the component's own input is not.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CM-14", "SI-7", "SR-3"),
        Framework.PCI_DSS: ("6.3.2",),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.9",),
        Framework.CIS_EKS: ("5.1.4",),
        Framework.CIS_KUBERNETES: ("5.5.1",),
        Framework.OWASP_LLM: ("LLM03",),
    },
    remedy="read it from the lock of images",
    kinds=(SERVING,),
    check=_check,
)
