"""A pod that the other rules cannot see might break each of them."""

from collections.abc import Iterator

from policies.resource import PolicyResource
from policies.rules.workload.pods import hidden


def violations(resource: PolicyResource) -> Iterator[str]:
    """What makes pods that cannot be judged before they run."""
    for path in hidden(resource):
        yield (
            f"{path} makes pods that cannot be judged before they run: write them in this object, with values in the place "
            "of expressions"
        )
