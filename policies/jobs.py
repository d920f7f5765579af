"""JobSets, those that a workflow makes among them."""

from collections.abc import Iterator

from policies import argo
from policies.pods import workflows
from policies.resource import PolicyResource, Values, mapping

KIND = "JobSet"


def job_set_objects(resource: PolicyResource) -> Iterator[tuple[str, Values]]:
    """Path and content of each JobSet that an object is or makes; the path of an object itself is ""."""
    if resource.kind.startswith("kubernetes:jobset.x-k8s.io/"):
        yield "", resource.props
    for path, spec in workflows(resource):
        for at, document in argo.documents(path, spec):
            if mapping(document).get("kind") == KIND:
                yield at, mapping(document)


def job_sets(resource: PolicyResource) -> Iterator[tuple[str, Values]]:
    """Path and spec of each."""
    for path, one in job_set_objects(resource):
        yield f"{path}.spec".lstrip("."), mapping(one.get("spec"))
