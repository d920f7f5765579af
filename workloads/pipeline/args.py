"""What a lifecycle is made from."""

from typing import TypedDict

from workloads.pipeline.workflow import RunEnvironment
from workloads.plan import Run


class LifecycleArgs(TypedDict):
    """What a lifecycle is made from."""

    run: Run
    """The run that is wanted; it begins where the same one was not run yet."""
    place: RunEnvironment
    """Where it takes place."""
