"""Images by digest."""

import re

from policies.expect import shown
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import UNKNOWN, Values, text
from policies.rule import Findings, ResourceRule, Severity, Undecided, Violation

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def _container(path: str, container: Values, pod: Values) -> Findings:
    image = container.get("image")
    if image is UNKNOWN:
        yield Undecided(f"{path}.image")
    elif not DIGEST.search(text(image)):
        yield Violation(f"{path}.image", shown(image), "an image is named by its digest")


RULE = ResourceRule(
    id="workload-image-digest",
    title="A container's image is named by its digest.",
    why="A tag can be moved: what was reviewed is then not what runs.",
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
    remedy="name it as repository@sha256:DIGEST",
    kinds=KINDS,
    check=of_containers(_container),
)
