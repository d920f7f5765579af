"""A tag can be moved: what was reviewed is then not what runs."""

import re
from collections.abc import Iterator

from policies.resource import UNKNOWN, PolicyResource, text
from policies.rules.workload.pods import containers, pods

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def violations(resource: PolicyResource) -> Iterator[str]:
    """Images that are not named by their digest."""
    for at, pod in pods(resource):
        for path, container in containers(at, pod):
            image = text(container.get("image"))
            if container.get("image") is not UNKNOWN and not DIGEST.search(image):
                yield f"{path}.image is {image or 'missing'}: name it by its digest, repository@sha256:..."
