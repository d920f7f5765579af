"""Images by digest."""

import re

from policies.expect import shown
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
    frameworks={},
    remedy="name it by its digest, repository@sha256:...",
    kinds=KINDS,
    check=of_containers(_container),
)
